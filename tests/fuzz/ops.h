/* SPDX-License-Identifier: GPL-2.0-only */
/* All kinds of operations. */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

#include <linux/types.h>

/**
 * struct op_kind - a kind
 * @name: for reports
 * @weight: how often it is chosen
 * @slow_weight: the same in programs that may take long
 * @run: do it, see that the answer is right, keep the model up to date; gets
 *	OP_FIELDS numbers
 */
struct op_kind {
	const char *name;
	__u32 weight;
	__u32 slow_weight;
	void (*run)(const __u32 *field);
};

extern const struct op_kind op_kinds[];
extern const unsigned int nr_op_kinds;

/* Once, before the first export */
void op_export_open(void);

void op_export(const __u32 *field);
void op_info(const __u32 *field);
void op_route(const __u32 *field);
void op_unknown(const __u32 *field);
void op_probe(const __u32 *field);

void op_peer(const __u32 *field);
void op_attach(const __u32 *field);
void op_map(const __u32 *field);
void op_unmap(const __u32 *field);
void op_signal(const __u32 *field);
void op_detach(const __u32 *field);
void op_check(const __u32 *field);
void op_dma(const __u32 *field);
void op_dead_address(const __u32 *field);

void op_command(const __u32 *field);
void op_power(const __u32 *field);
void op_low_power(const __u32 *field);
void op_bad_write(const __u32 *field);
void op_reset(const __u32 *field);
void op_refused_reset(const __u32 *field);
void op_close_device(const __u32 *field);

void op_close_buffer(const __u32 *field);
void op_use_buffer(const __u32 *field);
void op_revoke(const __u32 *field);
void op_unload(const __u32 *field);

void op_pages(const __u32 *field);

#endif /* FUZZ_OPS_H */
