// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU's TCG that counts the instructions of the guest, by where they
 * are, from the time one address is run until another is:
 *
 *   -plugin counter.so,begin=ADDRESS,end=ADDRESS,out=FILE
 *
 * FILE gets lines of address and instructions, one a translated block.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

/* A block; the same code may be translated anew, and then is another one. */
struct block {
	struct block *next;
	uint64_t address;
	uint64_t instructions;
	uint64_t runs;
};

static struct block *blocks;
static uint64_t begin, end;
static const char *out;
static bool counting;

static void run(unsigned int cpu, void *data)
{
	struct block *block = data;

	if (block->address == begin)
		counting = true;
	if (block->address == end)
		counting = false;
	if (counting)
		block->runs++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));

	if (!block)
		abort();
	block->address = qemu_plugin_tb_vaddr(tb);
	block->instructions = qemu_plugin_tb_n_insns(tb);
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run, 0, block);
}

static void write_out(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(out, "w");
	struct block *block;

	if (!file)
		return;
	for (block = blocks; block; block = block->next)
		if (block->runs)
			fprintf(file, "%016" PRIx64 " %" PRIu64 "\n",
				block->address,
				block->runs * block->instructions);
	fclose(file);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "begin=", 6))
			begin = strtoull(argv[i] + 6, NULL, 0);
		else if (!strncmp(argv[i], "end=", 4))
			end = strtoull(argv[i] + 4, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	if (!begin || !end || !out) {
		fprintf(stderr, "counter: begin=, end= and out= are needed\n");
		return -1;
	}

	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, write_out, NULL);

	return 0;
}
