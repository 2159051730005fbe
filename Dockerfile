FROM python:3.11.16-slim-bookworm AS packages
WORKDIR /srv/accord
RUN python -m venv /opt/accord
COPY requirements-runtime.lock .
RUN /opt/accord/bin/pip install --no-cache-dir --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement requirements-runtime.lock

FROM python:3.11.16-slim-bookworm
ENV PATH=/opt/accord/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home accord
RUN mkdir -p /var/lib/accord/keys /var/lib/accord/signing && chown -R accord /var/lib/accord && chmod -R 700 /var/lib/accord
COPY --from=packages /opt/accord /opt/accord
WORKDIR /srv/accord
COPY activities activities/
COPY adapters adapters/
COPY cli cli/
# the fund of the programmes; who takes part is not in the image
COPY data/pis-fund.toml data/
COPY migrations migrations/
COPY models models/
COPY programmes programmes/
COPY runtime runtime/
COPY services services/
COPY testing testing/
COPY workflows workflows/
COPY CHANGELOG.md LICENSE starter.py worker.py ./
# the file system is read-only when it runs: what is not compiled now is compiled at every start
RUN python -m compileall -q .
USER 10001
CMD ["python", "worker.py"]
