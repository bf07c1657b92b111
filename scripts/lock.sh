#!/bin/sh
# Rehace los archivos de dependencias fijadas a partir de pyproject.toml (con uv, para todos los sistemas).
# Lo ya fijado se queda como está: así una dependencia nueva no cambia las demás. UPGRADE=1 lo renueva todo.
set -eu
cd "$(dirname "$0")/.."

compile() {
    output=$1
    shift
    if [ -z "${UPGRADE:-}" ] && [ -e "$output" ]; then cp "$output" "$output.new"; else rm -f "$output.new"; fi
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
        --output-file "$output.new" "$@" pyproject.toml
    { printf '# Lo hace «make lock» a partir de pyproject.toml; no lo edites a mano.\n'; cat "$output.new"; } > "$output"
    rm "$output.new"
}

compile requirements-student.txt --extra course --extra student
compile requirements.txt --extra course --extra grading
compile requirements-cluster.txt --extra course --extra grading --extra cluster
compile requirements-hub.txt --extra course --extra grading --extra hub
compile requirements-dev.txt --extra course --extra grading --extra cluster --extra hub --extra dev
