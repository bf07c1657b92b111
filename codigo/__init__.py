"""Implementaciones de referencia del Lab 11.

La cara pública es :mod:`codigo.transformers`: ``from codigo.transformers import SelfAttentionNumPy``.
Los módulos de al lado tratan un solo asunto cada uno y se pueden leer en este orden:

``validation`` → ``masks`` → ``attention`` → ``positional`` → ``figures`` (NumPy) y
``torch_attention`` → ``blocks`` → ``model`` (PyTorch) y ``from_huggingface`` → ``sentiment`` →
``layer_patterns`` → ``generation`` (modelos preentrenados, que encuentra y carga ``pretrained``).
``checks`` da las comprobaciones que usan los cuadernos; ``reviews``, las reseñas de la parte 5.

Símbolos, los mismos en todo el curso:

===========  ==========================================================================
``B``        tamaño del lote (*batch*)
``T``        longitud de la secuencia; ``T_q`` y ``T_k`` si consultas y claves difieren
``S``        longitud de la secuencia de origen en un modelo codificador-decodificador
``d_model``  dimensión del modelo: la de cada vector de entrada y de salida
``h``        número de cabezas
``d_k``      dimensión de consultas y claves por cabeza
``d_v``      dimensión de los valores por cabeza
``d_ff``     dimensión oculta de la red por posición
``V``        tamaño del vocabulario (en mayúscula y solo; la matriz de valores es ``V`` en la fórmula)
===========  ==========================================================================
"""
