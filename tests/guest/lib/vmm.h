/* SPDX-License-Identifier: GPL-2.0-only */
/* Debian's QEMU, run in the guest: what the rig has put there. */
#ifndef TEST_VMM_H
#define TEST_VMM_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/**
 * struct vmm - a QEMU while it runs
 * @pid: its process; 0 if there is none
 * @out: all it says, and what its VM writes to the debug console, as the firmware does
 * @text: that so far, to be freed
 * @said: where the end of that is
 */
struct vmm {
	pid_t pid;
	FILE *out;
	char *text;
	size_t size;
	FILE *said;
};

/* What a VM can boot, see vmm_boot.S */
#define VMM_SECTOR	512
extern const char vmm_boot[VMM_SECTOR];

/* Skip the test where there is none of that version. */
void vmm_skip(unsigned int major);

/*
 * A VM with 32 MiB that boots a sector from a disk.  DEVICES are the options that follow,
 * NULL at their end; PRELOAD is loaded into it, or NULL.
 */
void vmm_start(struct vmm *vmm, unsigned int major, const char *preload,
	       const char *disk, const char *const devices[]);

/* Until a line has these words; all are shown. */
void vmm_wait(struct vmm *vmm, const char *words);

/* How many lines so far have these words */
unsigned int vmm_count(struct vmm *vmm, const char *words);

/* Tells it to end, and fails the test if it does not end well. */
void vmm_stop(struct vmm *vmm);

/* Safe in a teardown, and if it does not run */
void vmm_kill(struct vmm *vmm);

#endif /* TEST_VMM_H */
