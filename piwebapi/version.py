"""What the server says of itself. Clients choose features by the product version."""

PRODUCT_TITLE = "osipi (PI Web API 2023 SP1 compatible)"
PRODUCT_VERSION = "1.19.1.28"
ASSET_SERVER_VERSION = "2.10.11.1133"
DATA_SERVER_VERSION = "3.4.445.688"
OSIPI_VERSION = "0.1.0"
