# The two commands of the README, and the benchmark. Everything else is CMake:
# see CMakePresets.json.

LAUNCHER := $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
PTSCOPE := build/release/ptscope

.PHONY: build demo test bench clean
build:
	@third_party/install.sh
	@mkdir -p build
	@cmake --preset release $(LAUNCHER) >build/configure.log 2>&1 \
	  || { cat build/configure.log; exit 1; }
	@cmake --build --preset release

# A checkpoint, and one that lacks a tensor of it: the second command says
# which, and its exit status is 1.
demo: build
	@echo '$$ ptscope ls fixtures/demo.pt'; \
	$(PTSCOPE) ls fixtures/demo.pt; status=$$?; echo "exit $$status"; \
	test $$status -eq 0
	@echo; echo '$$ ptscope check -m fixtures/demo.json fixtures/demo_missing.pt'; \
	$(PTSCOPE) check -m fixtures/demo.json fixtures/demo_missing.pt; \
	status=$$?; echo "exit $$status"; \
	test $$status -eq 1

test: build
	@ctest --preset release -j $$(nproc)

bench: build
	@python3 tests/bench/bench.py $(PTSCOPE)
	@python3 tests/bench/many_files.py $(PTSCOPE)

clean:
	rm -rf build
