# The portal for production: one image for web, worker, beat and migration.
FROM python:3.11-slim-trixie

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/portal

# pg_dump and psql, of the same version as the server in docker-compose.yml: for backups.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.txt .
RUN pip install --require-hashes --only-binary :all: -r requirements.txt \
    && python -m compileall -q "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

COPY accounts accounts
COPY assessments assessments
COPY govuk govuk
COPY learning learning
COPY reports reports
COPY skills_portal skills_portal
COPY templates templates
COPY manage.py .

# Nothing the build needs to know is kept: these values reach no database and no broker.
RUN SECRET_KEY=for-the-build DATABASE_URL=sqlite:////tmp/build.sqlite3 REDIS_URL=redis://none \
    STATIC_ROOT=/srv/static python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q . \
    && useradd --system --no-create-home portal \
    && install --directory --owner portal /srv/backups
ENV STATIC_ROOT=/srv/static
USER portal
EXPOSE 8000

CMD ["gunicorn", "--config", "python:skills_portal.gunicorn_settings", "--bind", "0.0.0.0:8000"]
