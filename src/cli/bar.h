/* SPDX-License-Identifier: GPL-2.0-only */
/* Can a BAR be exported as a dma-buf? */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include "machine.h"

/**
 * enum bar_verdict - the answer
 * @BAR_EXPORTABLE: yes
 * @BAR_VARIANT: it depends on a driver that is built on vfio-pci-core
 * @BAR_IO: no, it is I/O ports
 * @BAR_SMALL: no, it is smaller than a page
 * @BAR_UNASSIGNED: no, it has no address
 * @BAR_NO_DRIVER: not yet, the device needs vfio-pci
 * @BAR_OTHER_DRIVER: not yet, the device needs vfio-pci in place of its driver
 * @BAR_REGISTERED: not now, some of it has pages; bar_judge() does not say so
 */
enum bar_verdict {
	BAR_EXPORTABLE,
	BAR_VARIANT,
	BAR_IO,
	BAR_SMALL,
	BAR_UNASSIGNED,
	BAR_NO_DRIVER,
	BAR_OTHER_DRIVER,
	BAR_REGISTERED,
};

enum bar_verdict bar_judge(const struct machine *machine,
			   const struct function *function, unsigned int index);

/* Has it a BAR that could be exported if vfio-pci had it? */
bool bar_any(const struct function *function);

/* For programs: "no-driver" */
const char *bar_verdict_name(enum bar_verdict verdict);

/* In words, for the table */
const char *bar_verdict_text(enum bar_verdict verdict);

/* "16K", "8G" */
void bar_size_text(uint64_t size, char *text, size_t length);

/* "64-bit pref", "I/O" */
const char *bar_kind_text(const struct bar *bar);

#endif /* CLI_BAR_H */
