"""`python -m services.gateway`: run the gateway."""

from services.gateway.app import serve_gateway
from shared.process.lifecycle import read_settings, run_service
from shared.process.settings import GatewaySettings

if __name__ == "__main__":
    settings = read_settings(GatewaySettings)
    run_service(lambda: serve_gateway(settings))
