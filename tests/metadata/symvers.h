/* SPDX-License-Identifier: GPL-2.0-only */
/* Module.symvers: what a kernel and its modules export. */
#ifndef METADATA_SYMVERS_H
#define METADATA_SYMVERS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct symvers_entry - one exported symbol
 * @symbol: its name
 * @module: who exports it, as modprobe names it, "vmlinux" for the kernel
 * @namespace: "" if none
 * @crc: of its type, 0 on kernels without MODVERSIONS
 */
struct symvers_entry {
	char *symbol;
	char *module;
	char *namespace;
	uint64_t crc;
};

struct symvers;

/* NULL and errno if the file can't be read, or a line in it makes no sense. */
struct symvers *symvers_read(const char *path);
void symvers_free(struct symvers *symvers);

/* NULL if nobody exports it. */
const struct symvers_entry *symvers_find(const struct symvers *symvers,
					 const char *symbol);

/* Is there a CRC of anything? */
int symvers_has_crcs(const struct symvers *symvers);

#endif /* METADATA_SYMVERS_H */
