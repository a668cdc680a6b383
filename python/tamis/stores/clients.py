"""Clients of object stores, made from environment variables alone.

Nothing asks the address at which cloud machines hand out credentials (169.254.169.254) unless the environment says so:
where it holds no credentials, requests go out unsigned, which is what public buckets want.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from tamis.errors import InputError
from tamis.messages import _
from tamis.stores.addresses import StrPath, address

RETRY = "TAMIS_STORE_RETRY_SECONDS"
RETRY_SECONDS = 300.0
DEAF_SECONDS = 8.0
_URLS = ("ENDPOINT_URL", "ENDPOINT", "ENDPOINT_URL_S3", "GOOGLE_BASE_URL")
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")
REQUEST_SECONDS = 120.0
"""One request, its body included: parts and ranges are small enough for a slow line."""
# By any of these the environment says with which credentials, or where to ask for some.
CREDENTIALS = {
    "s3": (
        "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_METADATA_ENDPOINT",
    ),
    "gs": (
        "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_SERVICE_ACCOUNT_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_BEARER_TOKEN", "GCE_METADATA_HOST",
    ),
    "az": (
        "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_MASTER_KEY", "AZURE_STORAGE_SAS_KEY", "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_TOKEN", "AZURE_CLIENT_SECRET", "AZURE_STORAGE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_MSI_ENDPOINT",
        "IDENTITY_ENDPOINT", "AZURE_USE_AZURE_CLI", "AZURE_STORAGE_USE_EMULATOR",
    ),
}  # fmt: skip

_CLIENT = (
    ("AZURE_CLIENT_ID", "AZURE_STORAGE_CLIENT_ID"),
    ("AZURE_TENANT_ID", "AZURE_STORAGE_TENANT_ID", "AZURE_AUTHORITY_ID", "AZURE_STORAGE_AUTHORITY_ID"),
)
_BESIDE: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS_WEB_IDENTITY_TOKEN_FILE": (("AWS_ROLE_ARN",),),
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": (("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",),),
    "AZURE_CLIENT_SECRET": _CLIENT,
    "AZURE_STORAGE_CLIENT_SECRET": _CLIENT,
    "AZURE_FEDERATED_TOKEN_FILE": _CLIENT,
}
"""What else must be set, one of each: for half of these obstore asks the address of the machine's credentials."""

ENDPOINT = {"s3": "AWS_ENDPOINT_URL", "gs": "GOOGLE_BASE_URL", "az": "AZURE_STORAGE_ENDPOINT"}
"""By which variable a server of one's own is named."""

_TELLING = {
    "s3": (
        *CREDENTIALS["s3"], "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", RETRY,
    ),
    "gs": (*CREDENTIALS["gs"], "GOOGLE_BASE_URL", RETRY),
    "az": (
        *CREDENTIALS["az"], "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT",
        "AZURITE_BLOB_STORAGE_URL", RETRY,
    ),
}  # fmt: skip
"""What is looked at again with each request: a client serves as long as these are what they were."""


def has_credentials(scheme: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names credentials for a store, or a place to ask for them."""
    return any(environment.get(name) and not _lacking(name, environment) for name in CREDENTIALS[scheme])


def _lacking(name: str, environment: Mapping[str, str]) -> str:
    """The variable without which the credential of this name is half a one; "" where nothing is missing."""
    return next((one[0] for one in _BESIDE.get(name, ()) if not any(map(environment.get, one))), "")


def retry_seconds() -> float:
    """How long a request is repeated that a server did not answer, or answered with 500, 503 or "slow down"."""
    given = os.environ.get(RETRY, "")
    try:
        seconds = float(given) if given else RETRY_SECONDS
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise InputError(RETRY, _("'{text}' is no number of seconds").format(text=given))
    return seconds


def library(where: StrPath) -> Any:
    """The package that speaks with stores. Raises InputError where it is not installed."""
    try:
        import obstore
    except ImportError as error:
        raise InputError(address(where), str(error), "pip install 'tamis[s3]'") from error
    return obstore


def client(scheme: str, bucket: str) -> Any:
    """The client of a bucket, the same one as long as the environment is.

    Raises:
        InputError: the environment says too little or something odd.
    """
    return _client(scheme, bucket, tuple(map(os.environ.get, _TELLING[scheme])))


@lru_cache(maxsize=64)
def _client(scheme: str, bucket: str, told: tuple[str | None, ...]) -> Any:
    where = f"{scheme}://{bucket}"
    library(where)
    from obstore import store as obstore
    from obstore.exceptions import BaseError

    environment = os.environ
    _check(scheme, where, environment)
    kinds = {"s3": obstore.S3Store, "gs": obstore.GCSStore, "az": obstore.AzureStore}
    unsigned = {} if has_credentials(scheme, environment) else _unsigned(scheme)
    try:
        return kinds[scheme](
            bucket, client_options=_options(environment), retry_config=_retries(), **_emulated(scheme, environment), **unsigned
        )  # fmt: skip
    except (BaseError, ValueError) as error:
        first = str(error).split("\n", 1)[0]
        what = _("the environment does not say how to reach it: {why}").format(why=first)
        raise InputError(where, what, _("see docs/how-to/s3.md for the variables")) from error


def _check(scheme: str, where: str, environment: Mapping[str, str]) -> None:
    hint = _("see docs/how-to/s3.md for the variables")
    for name in _TELLING[scheme]:
        given = environment.get(name, "")
        if given and name.endswith(_URLS) and not _URL.fullmatch(given):
            raise InputError(name, _("'{text}' is no address of a server").format(text=given), hint)
    if has_credentials(scheme, environment):
        return
    for name in CREDENTIALS[scheme]:
        if environment.get(name):
            what = _("the environment has {name} without {other}")
            raise InputError(where, what.format(name=name, other=_lacking(name, environment)), hint)


def _unsigned(scheme: str) -> dict[str, Any]:
    """Requests without a signature. What writes to Google asks for a token all the same, by default of the machine's address."""
    if scheme != "gs":
        return {"skip_signature": True}
    return {"skip_signature": True, "credential_provider": lambda: {"token": "", "expires_at": None}}


def _options(environment: Mapping[str, str]) -> dict[str, Any]:
    asked = [text for name, text in environment.items() if name.endswith(_URLS)]
    plain = any(text.startswith("http://") for text in asked) or bool(
        environment.get("AZURE_STORAGE_USE_EMULATOR")
    )
    seconds = {"timeout": timedelta(seconds=REQUEST_SECONDS), "connect_timeout": timedelta(seconds=10)}
    return {**seconds, **({"allow_http": True} if plain else {})}


def _emulated(scheme: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """What obstore does not take from the environment by itself."""
    service = environment.get("AWS_ENDPOINT_URL_S3")
    return {"endpoint": service} if scheme == "s3" and service else {}


def _retries() -> dict[str, Any]:
    # A wait is drawn at random between the first and thrice the last one, so that workers do not come back together.
    backoff = {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=3), "base": 3}
    # In these seconds no signal is heeded; `calls` asks again after them.
    seconds = min(retry_seconds(), DEAF_SECONDS)
    return {"max_retries": 1_000, "retry_timeout": timedelta(seconds=seconds), "backoff": backoff}
