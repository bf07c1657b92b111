"""El motor de corrección: rehace el cuaderno, ejecuta la entrega encerrada y la juzga desde otro proceso.

El camino de una entrega, un módulo por paso:

``rebuild``   cuaderno de la fuente con las respuestas del estudiante
``pool``      un proceso templado por cuaderno, que ya ejecutó lo que es igual para toda la clase
``zygote``    ese proceso: se bifurca en jugador y juez para cada entrega
``player``    ejecuta las celdas del estudiante dentro de ``sandbox``
``judge``     ejecuta las celdas de prueba fuera, y es el único que da veredictos
``wire``      los valores que cruzan, por valor y sin código
``verdict``   lo que queda de cada celda
"""
