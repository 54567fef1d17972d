# Both stages use the same image: the virtual environment points at its Python.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build

# The same version as in the Makefile.
ARG UV_VERSION=0.13.9
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --root-user-action=ignore "uv==${UV_VERSION}"

WORKDIR /app

# The packages stand in a layer of their own: it is built anew only when they change.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-cache

COPY store/ store/
COPY ops/ ops/
COPY bot/ bot/
# The bot's user cannot write here, so the byte code is made now. A checkout made under a strict
# umask would hide the files from that user, so everybody may read them.
RUN python -m compileall -q store ops bot \
    && chmod -R a+rX /app


FROM ${PYTHON_IMAGE}

WORKDIR /app
COPY --from=build /app/.venv/ .venv/
COPY --from=build /app/store/ store/
COPY --from=build /app/ops/ ops/
COPY --from=build /app/bot/ bot/
# A new named volume takes its owner from this folder; a folder mounted from the host does not.
RUN install -d -o 10001 -g 10001 -m 0750 /data

# On 127.0.0.1 the operator's side is for the health check in this container only. To reach it
# from outside set OPS_HOST=0.0.0.0, and publish the port on the host's own 127.0.0.1 only:
# /metrics and /health ask nobody who they are.
ENV PATH="/app/.venv/bin:${PATH}" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite+aiosqlite:////data/taskbot.db \
    HOST=0.0.0.0 \
    PORT=3000 \
    OPS_HOST=127.0.0.1 \
    OPS_PORT=8080

# By number, so that "must not run as root" can be checked without a look into the image.
USER 10001:10001
VOLUME /data
EXPOSE 3000 8080
STOPSIGNAL SIGTERM

# 200 is healthy; 503, another status or no answer is not. The body, which says what is wrong,
# is kept by Docker: docker inspect --format '{{json .State.Health}}' CONTAINER
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ['OPS_PORT']), timeout=4); c.request('GET', '/health'); r = c.getresponse(); print(r.read().decode()); sys.exit(r.status != 200)"]

ENTRYPOINT ["python", "-m", "bot"]
