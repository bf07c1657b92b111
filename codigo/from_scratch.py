"""Lo que un ejercicio pide escribir desde cero y ya está hecho: vigilar que no se use, o retirarlo.

``written_from_scratch`` vigila con qué se calcula, en el mismo proceso: basta con quien no lo esconde.
``take_away`` retira lo que ya está hecho antes de que corra código ajeno: no hay vigilancia que desmontar.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import inspect
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType

_PACKAGE = Path(__file__).parent
_REFERENCE_MODULES = ("codigo.attention", "codigo.torch_attention")
_REFERENCE_FILES = {str(_PACKAGE / f"{name.removeprefix('codigo.')}.py") for name in _REFERENCE_MODULES}
_FUSED_KERNELS = {
    "scaled_dot_product_attention",
    "_native_multi_head_attention",
    "_transformer_encoder_layer_fwd",
}
_TORCH_FUNCTIONS, _TORCH_ATTENTION = "torch.nn.functional", "multi_head_attention_forward"
_SAMPLING_MODULE = "transformers.generation.logits_process"
_SAMPLING_STEPS = str(Path("transformers", "generation", "logits_process.py"))
# Las operaciones de PyTorch que hacen la atención de una vez, se llegue a ellas por donde se llegue.
_KERNEL_PARTS = (
    "scaled_dot",
    "multi_head_attention",
    "encoder_layer_fwd",
    "flash_attention",
    "efficient_attention",
)
_DISPATCH_KEYS = ("CPU", "AutogradCPU", "CompositeImplicitAutograd", "CompositeExplicitAutograd")


@contextmanager
def written_from_scratch(name: str) -> Iterator[None]:
    """Exige que lo llamado dentro del bloque no use la atención ni el muestreo que ya están hechos."""
    used: list[str] = []
    previous, previous_in_threads = sys.getprofile(), threading.getprofile()
    record = _recorder(used)
    sys.setprofile(record)
    threading.setprofile(record)  # también los hilos que se abran dentro
    try:
        yield
    finally:
        sys.setprofile(previous)
        threading.setprofile(previous_in_threads)
    assert not used, f"`{name}` debe escribirse desde cero; usa `{used[0]}`, que ya lo da hecho."


def _recorder(used: list[str]) -> Callable[[FrameType, str, object], None]:
    def record(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and (_is_reference(code.co_filename) or _is_torch_attention(code)):
            used.append(code.co_qualname)
        elif event == "c_call" and getattr(argument, "__name__", "") in _FUSED_KERNELS:
            used.append(getattr(argument, "__name__", ""))

    return record


def _is_reference(file: str) -> bool:
    return file in _REFERENCE_FILES or file.endswith(_SAMPLING_STEPS)


def _is_torch_attention(code: CodeType) -> bool:
    return code.co_name == _TORCH_ATTENTION and "torch" in Path(code.co_filename).parts


def ready_made_modules() -> list[ModuleType]:
    """Los módulos que dan hecho lo que se pide, importados."""
    return [importlib.import_module(name) for name in _module_names()]


def ready_made_files() -> list[Path]:
    """Los archivos de esos módulos, y su versión compilada: quien los leyera podría volver a tenerlos."""
    files = [Path(str(module.__file__)) for module in ready_made_modules()]
    return [*files, *(Path(importlib.util.cache_from_source(str(file))) for file in files)]


def take_away() -> None:
    """Retira de este proceso, sin vuelta atrás, lo que un ejercicio pide escribir: llamarlo es un error.

    Cambia el código de las funciones, así que también quedan retiradas por cualquier otro nombre que tengan.
    """
    for module in ready_made_modules():
        for function in _functions_of(module):
            if module.__name__ != _TORCH_FUNCTIONS or function.__name__ == _TORCH_ATTENTION:
                _break_function(function)
    _break_kernels()


def _module_names() -> tuple[str, ...]:
    # Hugging Face tarda en importarse: si el cuaderno no lo usa, no se pide nada de lo suyo.
    sampling = (_SAMPLING_MODULE,) if "transformers" in sys.modules else ()
    return (*_REFERENCE_MODULES, _TORCH_FUNCTIONS, *sampling)


def _functions_of(module: ModuleType) -> list[FunctionType]:
    """Las funciones y los métodos escritos en ``module``."""
    own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
    classes = [value for value in own if inspect.isclass(value)]
    members = [*own, *(member for one in classes for member in vars(one).values())]
    plain = [inspect.unwrap(getattr(member, "__func__", member)) for member in members]
    return [value for value in plain if isinstance(value, FunctionType)]


def _taken_away(*_: object, **__: object) -> None:
    raise RuntimeError("NOMBRE")


def _break_function(function: FunctionType) -> None:
    message = _message(function.__qualname__)
    constants = tuple(message if value == "NOMBRE" else value for value in _taken_away.__code__.co_consts)
    function.__code__ = _taken_away.__code__.replace(
        co_consts=constants, co_freevars=function.__code__.co_freevars, co_name=function.__name__
    )


def _break_kernels() -> None:
    import torch

    library = torch._C._dispatch_library("IMPL", "aten", "", __file__, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch avisa de que se cambia una operación suya
        for name in torch._C._dispatch_get_all_op_names():
            space, _, operation = name.partition("::")
            if space == "aten" and any(part in operation for part in _KERNEL_PARTS):
                _break_kernel(library, operation)
    # Si alguien pudiera soltar este objeto, las operaciones volverían: que nadie lo tenga y nadie lo suelte.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))


def _break_kernel(library: object, operation: str) -> None:
    message = _message(operation)

    def taken_away(*_: object, **__: object) -> None:
        raise RuntimeError(message)

    for key in _DISPATCH_KEYS:
        library.impl(operation, key, taken_away, False)  # type: ignore[attr-defined]


def _message(name: str) -> str:
    return f"debe escribirse desde cero; `{name}` ya lo da hecho."
