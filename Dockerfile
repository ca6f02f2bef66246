# The simulated services in a container, or any other command of Proefbank:
#
#   docker build --tag proefbank .
#   docker run --rm --volume "$PWD:/work" --workdir /work proefbank run --client my_client:Client
#   docker compose up        # compose.yaml: serve, for the containers beside it
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels ".[clock,xdist]"

FROM python:3.13-slim
# The wheels of its dependencies come along, so that nothing is downloaded here.
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels "proefbank[clock,xdist]" \
    && useradd --uid 10001 --create-home proefbank \
    && install --directory --owner proefbank /shared /reports
USER proefbank
# Keys, certificates and the authority's file are made at start-up and laid down here; a container
# that wants to read them shares the volume and runs as the same user.
ENV TMPDIR=/shared PYTHONUNBUFFERED=1
VOLUME ["/shared", "/reports"]
# One port for each address: eHealth, itsme (back end and pages), social security.
EXPOSE 8443 8444 8445 8446
HEALTHCHECK --interval=2s --start-period=30s CMD ["test", "-s", "/shared/ready.json"]
# Ctrl-C for the record: SIGINT ends it in good order.
STOPSIGNAL SIGINT
ENTRYPOINT ["proefbank"]
CMD ["serve", "--host", "0.0.0.0", "--allow-public", "--port", "8443", \
     "--reports", "/reports", "--ready-file", "/shared/ready.json"]
