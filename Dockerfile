# The steps are make's own, so that what every check runs is what this image runs.
FROM python:3.11.14-bookworm AS build
ENV PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY Makefile LICENSE README.md pyproject.toml requirements.in requirements.txt requirements-npm.txt ./
COPY grants ./grants
COPY importers ./importers
COPY reports ./reports
RUN make setup VENV=/opt/venv REQUIREMENTS=requirements.txt

FROM python:3.11.14-slim-bookworm
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TALLYSTICK_DATA_DIR=/data
# The one folder that is written to: a volume that is mounted here belongs to whoever the service runs as.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
VOLUME /data
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["tallystick"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
