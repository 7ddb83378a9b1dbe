/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest tells a test about its devices. */
#ifndef TEST_ENV_H
#define TEST_ENV_H

/* The BDF of a device of the topology by its name there; NULL if absent. */
const char *env_bdf(const char *name);

/* The same, but the test is skipped where the device is absent. */
const char *env_bdf_or_skip(const char *name);

/* A kernel argument "rig.NAME=value"; NULL if absent. */
const char *env_rig(const char *name);

#endif /* TEST_ENV_H */
