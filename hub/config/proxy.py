"""El proxy de JupyterHub, escrito en Python, como lo necesita una clase.

Los límites de serie son diez peticiones a la vez y veinte segundos por petición: el arranque de un servidor o
una corrección pueden tardar más. Y los mensajes de los núcleos van en un subprotocolo binario, que el de
serie no deja pasar: el navegador cortaría la conexión.
"""

from configurable_http_proxy import configproxy
from configurable_http_proxy.cli import main
from tornado.httpclient import AsyncHTTPClient

AsyncHTTPClient.configure(None, max_clients=1000, defaults={"request_timeout": 3600.0})


class KernelProxyHandler(configproxy.ProxyHandler):
    """Un WebSocket igual a los dos lados: el mismo subprotocolo, y lo binario como binario."""

    def select_subprotocol(self, subprotocols):
        """El que eligió el servidor del estudiante, con quien ya hay conexión."""
        return self.ws_client.selected_subprotocol

    def on_message(self, message):
        """Pasa un mensaje del navegador; el de serie mandaría los binarios como texto."""
        if self.ws_client and isinstance(message, bytes):
            self.proxy.update_last_activity(self.target["prefix"] if self.target else "")
            self.ws_client.write_message(message, binary=True)
        else:
            super().on_message(message)


configproxy.ProxyHandler = KernelProxyHandler

if __name__ == "__main__":
    main()
