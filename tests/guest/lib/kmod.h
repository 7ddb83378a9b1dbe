/* SPDX-License-Identifier: GPL-2.0-only */
/* Load and unload of the modules under test. */
#ifndef TEST_KMOD_H
#define TEST_KMOD_H

#include <stdbool.h>

#define MODULE_UNDER_TEST	"vfio_p2p_dmabuf"
#define MODULE_IMPORTER		"p2p_test_importer"
#define MODULE_VARIANT		"p2p_test_variant"

/*
 * Load MODULE_DIR/NAME.ko, where the environment variable MODULE_DIR defaults
 * to /lib/modules/RELEASE/extra.  What it depends on has to be loaded already.
 * The kernel arguments rig.exporter= and rig.iommu_pages= are handed on to the module
 * under test, the first if PARAMS do not say whose dma-bufs are wanted.  -EEXIST if it is loaded.
 */
int module_load(const char *name, const char *params);

/* -EWOULDBLOCK if it is in use, -ENOENT if it is not loaded */
int module_unload(const char *name);

/* The same, once it is not in use any more: pages that are let go of are looked for. */
int module_unload_soon(const char *name);

/* Load it unless it is loaded. */
int module_ensure(const char *name);

bool module_loaded(const char *name);

/* The use count; negative errno if not loaded */
int module_refcount(const char *name);

#endif /* TEST_KMOD_H */
