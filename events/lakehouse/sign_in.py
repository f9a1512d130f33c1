"""OAuth for service principals: the client credentials grant, without the vendor's SDK."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import urllib3

from .gateway import GatewayError
from .warehouse import DatabricksConfig


class ClientCredentials:
    """A credentials provider as databricks-sql-connector takes it: called once, its answer is called per token.

    The connector keeps a token until a minute before it expires.
    """

    def __init__(self, config: DatabricksConfig) -> None:
        self._config = config

    def auth_type(self) -> str:
        return "oauth-m2m"

    def __call__(self) -> Callable[[], dict[str, str]]:
        return self.header

    def header(self) -> dict[str, str]:
        config = self._config
        with urllib3.PoolManager(ca_certs=config.ca_file, retries=urllib3.Retry(3, backoff_factor=0.5)) as pool:
            answer = pool.request(
                "POST",
                f"https://{config.host}:{config.port}/oidc/v1/token",
                headers={
                    **urllib3.make_headers(basic_auth=f"{config.client_id}:{config.client_secret}"),
                    "Content-Type": "application/x-www-form-urlencoded",
                },
                body=urlencode({"grant_type": "client_credentials", "scope": "all-apis"}),
                timeout=30.0,
            )
        if answer.status != 200:
            raise GatewayError(
                f"{config.host} refused the service principal ({answer.status}): "
                "check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET.",
                permanent=answer.status in (400, 401, 403, 404),
            )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}
