"""``python tests/attacks [--new | NÚMERO…]``: los ataques contra nbgrader y contra el motor, en una tabla."""

from __future__ import annotations

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    # Hay bibliotecas que instalan un paquete «tests»: este debe ir por delante.
    sys.path.insert(0, str(ROOT))
    package = types.ModuleType("tests")
    package.__path__ = [str(ROOT / "tests")]
    sys.modules["tests"] = package
    from tests.attacks.compare import main

    numbers = sys.argv[1:]
    sys.exit(main() if not numbers else main(only_new=True) if numbers == ["--new"] else main(numbers))
