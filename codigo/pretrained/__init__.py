"""De dónde salen los modelos preentrenados: carpeta, caché, hub o los que trae el curso.

``resolve`` decide, ``catalog`` dice cuáles trae el curso, ``prepare`` los prepara (``make models``),
``convert`` los pasa al formato de Hugging Face y ``loading`` los carga.
"""

from codigo.pretrained.errors import ModelUnavailableError
from codigo.pretrained.resolve import ResolvedModel, resolve_model

__all__ = ["ModelUnavailableError", "ResolvedModel", "resolve_model"]
