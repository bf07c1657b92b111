# Lab 11: Transformers. «make help» lista las órdenes a partir de este archivo.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-hub hub models demo lab sync release bundle test-bundle autograde feedback grades export collect similarity report formgrader validate test test-hub quality exercise faults attacks deployers check bench lock docs screenshots clean
.NOTPARALLEL:

PYTHON ?=
DB ?=
SCHEDULER ?=
CELL_TIMEOUT ?= 30
WORKERS ?=
LMS ?=
ZIP =
ROSTER ?=
MAPPING ?=
ID ?=
MISSING ?= vacio
SEPARATOR ?= coma
DECIMAL ?= .
FEEDBACK ?=
THRESHOLD ?= 0.8
ANONYMOUS ?=
FAULTS ?= 50
EJ ?=
INSTRUCTOR ?=
PREFIX ?= /opt/lab11
export PYTHON DB SCHEDULER CELL_TIMEOUT WORKERS

BIN := .venv/bin
RUN := $(BIN)/python -m grading

help: ## Lista las órdenes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/' \
	  | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## Prepara el entorno en .venv (las demás órdenes ya lo hacen)
	@sh scripts/setup.sh course

models: setup ## Prepara los modelos preentrenados que trae el curso (las demás órdenes ya lo hacen)
	@$(BIN)/python -m codigo.pretrained

setup-dev:
	@sh scripts/setup.sh dev

setup-hub:
	@sh scripts/setup.sh hub

hub: setup-hub ## Monta un JupyterHub para la clase, como root: make hub INSTRUCTOR=cuenta (PREFIX=/opt/lab11)
	@$(BIN)/python -m codigo.pretrained
	@$(BIN)/python -m hub --instructor "$(INSTRUCTOR)" --prefix "$(PREFIX)"

demo: models ## Lo hace todo con la clase de muestra, hasta la tabla de notas
	@CELL_TIMEOUT=20 $(RUN) demo

lab: setup ## Abre JupyterLab con una copia de trabajo de los cuadernos, en workspace/
	@$(BIN)/python -m codigo.pretrained || echo "Sigo sin ellos: las partes 1 a 4 y 7 no los necesitan."
	@$(BIN)/python -m codigo.lab --copy-from release/lab11 workspace/lab11 --readings lecturas

sync: setup ## Rehace los .ipynb de source/ y lecturas/ a partir de los .py
	@$(RUN) sync

release: setup ## Hace la versión de estudiante en release/
	@$(RUN) release

bundle: setup ## Hace el paquete del estudiante: un zip con lo suyo, para Windows, macOS y Linux
	@$(RUN) bundle

autograde: models ## Corrige las entregas nuevas o cambiadas de submitted/
	@$(RUN) autograde

feedback: setup ## Escribe las páginas de devolución en feedback/
	@$(RUN) feedback

grades: setup ## Enseña la tabla de notas y la escribe en grades.csv
	@$(RUN) grades

export: setup ## Escribe las notas para el LMS: make export LMS=moodle|canvas [ROSTER=lista.csv]
	@$(RUN) export --lms "$(LMS)" --roster "$(ROSTER)" --columns "$(MAPPING)" --identifier "$(ID)" \
	  --missing "$(MISSING)" --separated-by "$(SEPARATOR)" --decimal "$(DECIMAL)" $(if $(FEEDBACK),--feedback)

collect: setup ## Reparte en submitted/ el zip de entregas de Moodle o Canvas: make collect ZIP=ruta.zip
	@$(RUN) collect --zip "$(ZIP)" --roster "$(ROSTER)"

similarity: setup ## Compara las respuestas entre sí; escribe parecido.html
	@$(RUN) similarity --threshold "$(THRESHOLD)"

report: setup ## Escribe informe.html, con figuras de cómo va la clase; ANONYMOUS=1 quita los nombres
	@$(RUN) report $(if $(ANONYMOUS),--anonymous)

formgrader: setup ## Abre formgrader para puntuar a mano las reflexiones
	@$(BIN)/python -m codigo.lab --formgrader

validate: models ## Comprueba un cuaderno como lo hace un estudiante: make validate NB=ruta.ipynb
	@$(BIN)/nbgrader validate "$(NB)"

test: setup-dev models ## Pasa todas las pruebas
	@$(BIN)/python -m pytest -n auto --dist loadfile

test-bundle: setup-dev ## Prueba el paquete del estudiante en una carpeta y un entorno nuevos
	@LAB11_BUNDLE=install $(BIN)/python -m pytest tests/bundle

test-hub: setup-dev models ## Prueba un JupyterHub con cuentas de verdad, que crea y borra; hay que ser root
	@$(BIN)/python -m pytest -m hub tests/hub

quality: setup-dev models ## Mide las pruebas: qué aceptan y qué rechazan de lo correcto, lo equivocado y los mutantes
	@$(BIN)/python tests/quality

exercise: setup-dev models ## Comprueba si un ejercicio está listo para publicarse: make exercise EJ=ej3
	@$(BIN)/python tests/quality --ready $(if $(EJ),--only $(EJ))

faults: setup-dev models ## Mata cada pieza de la corrección en FAULTS momentos y compara las notas
	@FAULTS=$(FAULTS) $(BIN)/python -m pytest -n auto tests/grading/test_faults.py

check: setup-dev ## Revisa estilo, tipos y ortografía
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/python scripts/spelling.py

attacks: setup-dev models ## Lanza los ataques contra nbgrader y contra el motor, y rehace docs/ataques.md (NEW=1: solo los nuevos)
	@$(BIN)/python tests/attacks $(if $(NEW),--new)

deployers: setup-dev models ## Prueba la corrección con SLURM (slurm-wlm y munge de Debian) y lo que se pide a Kubernetes
	@$(BIN)/uv pip install --quiet --target build/deployers -c requirements-dev.txt -c requirements-cluster.txt \
	  dask-jobqueue==0.9.0 dask-kubernetes==2026.3.0
	@PYTHONPATH="$(CURDIR)/build/deployers" $(BIN)/python -m pytest tests/deployers

bench: setup-dev models ## Mide lo del curso frente a PyTorch, Hugging Face, nbgrader y otter-grader, y rehace docs/rendimiento.md
	@$(BIN)/python -m bench

screenshots: setup-dev models ## Rehace las capturas de docs/img con las pruebas del navegador
	@LAB11_BROWSER=required LAB11_PICTURES=docs/img $(BIN)/python -m pytest tests/browser/test_student.py tests/browser/test_formgrader.py

docs: setup-dev ## Hace el sitio de la documentación en build/docs
	@$(BIN)/python -m sphinx -q -W --keep-going -d build/doctrees docs build/docs
	@echo "Sitio hecho: abre build/docs/index.html"

lock: setup-dev ## Rehace requirements*.txt a partir de pyproject.toml
	@sh scripts/lock.sh

clean: ## Borra lo que se puede rehacer (entorno, demostración, cachés); conserva notas y entregas
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
