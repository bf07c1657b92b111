"""El informe de la clase: una página con lo que dicen las notas de los ejercicios y de sus pruebas."""
