# stance serve:  docker build -t stance . && docker run --rm -p 127.0.0.1:8000:8000 --read-only --tmpfs /tmp stance
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY stance ./stance
RUN python -m venv /opt/stance && /opt/stance/bin/pip install --no-cache-dir ".[serve]"

FROM python:3.11-slim
# The default model is in the package: the container needs no network and writes nothing.
RUN useradd --system --no-create-home --uid 10001 stance
COPY --from=build /opt/stance /opt/stance
ENV PATH=/opt/stance/bin:$PATH PYTHONUNBUFFERED=1 OMP_WAIT_POLICY=PASSIVE
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready', timeout=2)"]
# Requests in hand are finished on SIGTERM; give `docker stop --time 40` more than --grace.
ENTRYPOINT ["stance", "serve", "--host", "0.0.0.0", "--port", "8000"]
