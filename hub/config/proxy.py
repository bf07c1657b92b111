"""El proxy de JupyterHub, escrito en Python, con límites para una clase.

Los de serie son diez peticiones a la vez y veinte segundos por petición: el arranque de un servidor o una
corrección pueden tardar más.
"""

from configurable_http_proxy.cli import main
from tornado.httpclient import AsyncHTTPClient

AsyncHTTPClient.configure(None, max_clients=1000, defaults={"request_timeout": 3600.0})

if __name__ == "__main__":
    main()
