"""``python tests/quality``: juzga el corpus y los mutantes, y mide en qué se equivocan las pruebas."""

from __future__ import annotations

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Hay bibliotecas que instalan un paquete «tests»: este debe ir por delante.
sys.path.insert(0, str(ROOT))
package = types.ModuleType("tests")
package.__path__ = [str(ROOT / "tests")]
sys.modules["tests"] = package

if __name__ == "__main__":
    from tests.quality.run import main

    sys.exit(main())
