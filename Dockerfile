# JupyterLab with the course, as course.py starts it (docs/ways_in.md).
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}

# Whoever runs this with another --user, to work on a mounted folder, needs a home to write in, too.
RUN useradd --create-home --uid 1000 learner \
    && mkdir /course /opt/course \
    && chown learner /course /opt/course \
    && chmod a+rwx /home/learner
ENV HOME=/home/learner PATH=/opt/course/bin:$PATH PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1

WORKDIR /course
COPY --chown=1000 . .
USER 1000
RUN umask 000 \
    && python3 -m venv /opt/course \
    && pip install --quiet --requirement requirements.txt --constraint constraints.txt

EXPOSE 8888
CMD ["python", "-c", "import course, sys; sys.exit(course.run([sys.executable, '-m', *course.LAB, '--ip=0.0.0.0', '--no-browser']))"]
