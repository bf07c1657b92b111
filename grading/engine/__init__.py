"""El motor de corrección: rehace el cuaderno, ejecuta la entrega encerrada y la juzga desde otro proceso.

El camino de una entrega, un módulo por paso:

``rebuild``   cuaderno de la fuente con las respuestas del estudiante
``pool``      el encargo, desde el trabajador; ``supervisor`` arranca a quien lo atiende
``forkserver``  lo atiende: un servidor por máquina, con lo importado en ``levels``
``zygote``    un proceso por cuaderno, que ya ejecutó lo común a la clase y se bifurca en jugador y juez
``player``    ejecuta las celdas del estudiante dentro de ``sandbox``
``judge``     ejecuta las celdas de prueba fuera, y es el único que da veredictos
``wire``      los valores que cruzan, por valor y sin código
``verdict``   lo que queda de cada celda
"""
