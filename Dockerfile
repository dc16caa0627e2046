# The first stage installs from the hash-pinned locks; the second holds Python, the packages, the program and a sample
# sources.yaml, nothing else. It runs as a plain user on a read-only root and writes to /data alone.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build

COPY requirements.lock ./
RUN python -m venv /opt/lintas \
    && /opt/lintas/bin/pip install --require-hashes --only-binary :all: -r requirements.lock

# The build backend, from the lock as well; should it come to need one more package, pip refuses and names it.
COPY requirements-dev.lock ./
RUN awk '/^[a-z]/ { keep = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } keep' requirements-dev.lock > backend.lock \
    && python -m venv /opt/backend \
    && /opt/backend/bin/pip install --require-hashes --only-binary :all: -r backend.lock

COPY pyproject.toml README.md LICENSE ./
COPY newsdesk newsdesk
COPY classifiers classifiers
COPY feeds feeds
COPY storage storage
COPY bot bot
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/lintas/bin/pip install --no-index --no-deps dist/*.whl \
    && /opt/lintas/bin/pip uninstall --yes pip setuptools


FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Lintas Layar" \
      org.opencontainers.image.licenses="MIT"

RUN groupadd --gid 10001 lintas \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin lintas \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data

COPY --from=build /opt/lintas /opt/lintas
COPY sources.yaml /config/sources.yaml

ENV PATH=/opt/lintas/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LINTAS_SOURCES=/config/sources.yaml \
    LINTAS_DATABASE=sqlite:////data/lintas.db \
    LINTAS_WEB=127.0.0.1:8080

USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM

# Asks the web console of this very container; where it is switched off there is nothing to ask.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "import os, urllib.request as web; at = os.environ['LINTAS_WEB']; at.lower() == 'off' or web.build_opener(web.ProxyHandler({})).open('http://127.0.0.1:' + at.rpartition(':')[2] + '/healthz', timeout=4).close()"]

ENTRYPOINT ["lintas"]
CMD ["run"]
