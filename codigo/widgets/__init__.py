"""Figuras con las que se juega: un visor de atención, unos mandos de muestreo y una máscara que se quita.

En JupyterLab responden a los mandos, con anywidget y sin red. Donde nadie puede moverlos (nbconvert, GitHub,
la corrección) son una figura fija de Matplotlib con su pie y su texto alternativo, y anywidget ni se importa.
"""

from codigo.widgets.attention_viewer import AttentionViewer
from codigo.widgets.causal_mask_toggle import CausalMaskToggle
from codigo.widgets.sampling_playground import SamplingPlayground

__all__ = ["AttentionViewer", "CausalMaskToggle", "SamplingPlayground"]
