"""El clúster que la página pide a Kubernetes, escrito por el propio desplegador de Dask, sin Kubernetes."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest

from tests.deployers.conftest import PAGE

operator = pytest.importorskip("dask_kubernetes.operator", reason="«make deployers» lo prepara")
pytestmark = pytest.mark.deployers
PORT = 8786


@pytest.fixture
def asked(page_code: list[str]) -> dict[str, Any]:
    """Lo que la página pide: los argumentos de ``KubeCluster``."""
    [code] = [code for code in page_code if "KubeCluster" in code]
    [call] = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}


def test_the_deployer_takes_what_the_page_asks(asked: dict[str, Any]) -> None:
    accepted = inspect.signature(operator.KubeCluster.__init__).parameters
    assert set(asked) <= set(accepted)


def test_the_cluster_is_the_one_the_page_describes(asked: dict[str, Any]) -> None:
    known = set(inspect.signature(operator.make_cluster_spec).parameters)
    spec = operator.make_cluster_spec(**{name: value for name, value in asked.items() if name in known})
    assert set(asked) - known == {"shutdown_on_close"}
    workers = spec["spec"]["worker"]
    [container] = workers["spec"]["containers"]
    assert workers["replicas"] == asked["n_workers"]
    assert container["image"] == asked["image"] and container["resources"] == asked["resources"]
    assert container["args"][: len(asked["worker_command"])] == asked["worker_command"]
    assert asked["worker_command"][-2:] == ["--nthreads", "1"]  # un cuaderno a la vez en cada trabajador
    service = spec["spec"]["scheduler"]["service"]
    assert PORT in {port["port"] for port in service["ports"]}
    page = PAGE.read_text(encoding="utf-8")
    assert f"service/{asked['name']}-scheduler {PORT}:{PORT}" in page
    assert f"daskcluster {spec['metadata']['name']}" in page
