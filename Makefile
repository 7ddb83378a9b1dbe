# SPDX-License-Identifier: GPL-2.0-only
#
# "make help" lists the targets.  Kbuild holds the list of objects; whatever is
# longer than a line or two is in scripts/.

BUILD ?= build

# The release that modules built in KDIR will carry.  Not the one in
# include/config/kernel.release: Debian's differs from that.
release_of = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
		$(1)/include/generated/utsrelease.h 2>/dev/null)

ifdef KDIR
KVER ?= $(call release_of,$(KDIR))
endif
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build

O_DIR := $(abspath $(BUILD))/$(KVER)
jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
kbuild = +@$(MAKE) --no-print-directory $(jobs) -C $(KDIR)

# One line that names what is wrong with KDIR and KVER, or nothing
missing = $(or $(subst RELEASE,$(KVER), \
		$(shell src/module/compat/probe --missing $(KDIR))), \
	$(if $(filter-out $(KVER),$(call release_of,$(KDIR))), \
		$(KDIR) is for $(call release_of,$(KDIR)) and not for $(KVER)))
require_kernel = $(if $(strip $(missing)),$(error $(strip $(missing))))

.PHONY: help modules importer floor tools cli deps check check-all check-debug fuzz races
.PHONY: cli-sanitized demo bench lint
.PHONY: lib install-lib preload install-preload install-cli install-dkms
.PHONY: deb rpm kit release
.PHONY: dkms-install dkms-remove clean distclean

help:
	@scripts/help

modules:
	$(require_kernel)
	@scripts/sync . $(O_DIR) Kbuild VERSION include src/module
	$(kbuild) M=$(O_DIR) modules

# after the modules, for their compat_config.h, and what they export
importer: modules
	@scripts/sync tests/importer $(O_DIR)/importer .
	$(kbuild) M=$(O_DIR)/importer P2P_COMPAT_DIR=$(O_DIR) \
		KBUILD_EXTRA_SYMBOLS=$(O_DIR)/Module.symvers modules
	@scripts/sync tests/rdma $(O_DIR)/rdma .
	$(kbuild) M=$(O_DIR)/rdma P2P_COMPAT_DIR=$(O_DIR) modules

# the exporter that benchmarks are compared with
floor: modules
	@scripts/sync tests/bench/floor $(O_DIR)/floor .
	$(kbuild) M=$(O_DIR)/floor P2P_COMPAT_DIR=$(O_DIR) modules

tools: lib preload cli cli-sanitized
	@$(MAKE) --no-print-directory -C tests/lib all OUT=$(abspath $(BUILD))/lib-tests
	@$(MAKE) --no-print-directory -C tests/unit all OUT=$(abspath $(BUILD))/unit
	@$(MAKE) --no-print-directory -C tests/guest all OUT=$(abspath $(BUILD))/guest

cli: lib
	@$(MAKE) --no-print-directory -C src/cli all OUT=$(abspath $(BUILD))/cli

cli-sanitized: lib
	@$(MAKE) --no-print-directory -C src/cli all OUT=$(abspath $(BUILD))/cli-sanitized \
		CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" \
		LDFLAGS="-static-libasan -static-libubsan"

# also DESTDIR, PREFIX
install-cli:
	@$(MAKE) --no-print-directory -C src/cli install OUT=$(abspath $(BUILD))/cli

# also DESTDIR, PREFIX, LIBDIR, INCLUDEDIR
install-lib_TARGET := install
lib install-lib:
	@$(MAKE) --no-print-directory -C src/lib $($@_TARGET) OUT=$(abspath $(BUILD))/lib

# also DESTDIR, PREFIX, LIBDIR
install-preload_TARGET := install
preload install-preload: lib
	@$(MAKE) --no-print-directory -C src/preload $($@_TARGET) \
		OUT=$(abspath $(BUILD))/preload LIB=$(abspath $(BUILD))/lib

deps:
	@scripts/install-deps

check:
	+@scripts/check $(abspath $(BUILD))

# KERNELS: only these, such as "6.12 6.12-p2p"
check-all:
	+@scripts/check $(abspath $(BUILD)) $(or $(KERNELS),all)

check-debug:
	+@scripts/check $(abspath $(BUILD)) $(or $(KERNELS),debug)

# FUZZ_SECONDS: how long, FUZZ_SEED: from where on
fuzz:
	+@scripts/fuzz $(abspath $(BUILD)) $(or $(FUZZ_SECONDS),600) $(FUZZ_SEED)

# RACE_SECONDS: how long each, KERNEL: on which, RACE_SEED: as in another run
races:
	+@scripts/races $(abspath $(BUILD)) "$(KERNEL)" $(or $(RACE_SECONDS),60) $(RACE_SEED)

demo:
	+@scripts/demo $(abspath $(BUILD))

# KERNELS: only these
bench:
	+@scripts/bench $(abspath $(BUILD)) measure $(KERNELS)

lint:
	+@scripts/lint $(abspath $(BUILD))

# The sources as dkms wants them, and no more; also DESTDIR.  For packages.
install-dkms:
	@scripts/install-dkms "$(DESTDIR)"

deb rpm kit release:
	+@scripts/$@ $(abspath $(BUILD))

dkms-install dkms-remove:
	@scripts/$@ $(if $(filter file,$(origin KVER)),,$(KVER))

# Downloaded packages and unpacked kernels survive "clean".
clean:
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache ! -name kernels \
		! -name tool-root -exec rm -rf {} + 2>/dev/null || true

distclean:
	rm -rf $(BUILD)
