// SPDX-License-Identifier: GPL-2.0-only
#include "array.h"
#include "ops.h"

const struct op_kind op_kinds[] = {
	{ "export", 30, 10, op_export },
	{ "info", 3, 1, op_info },
	{ "route", 6, 2, op_route },
	{ "unknown", 2, 1, op_unknown },
	{ "probe", 3, 1, op_probe },
	{ "peer", 14, 24, op_peer },
	{ "attach", 12, 6, op_attach },
	{ "map", 14, 12, op_map },
	{ "unmap", 4, 3, op_unmap },
	{ "signal", 1, 1, op_signal },
	{ "detach", 4, 3, op_detach },
	{ "check", 4, 4, op_check },
	{ "dma", 0, 20, op_dma },
	{ "dead address", 0, 8, op_dead_address },
	{ "command", 10, 6, op_command },
	{ "power", 0, 4, op_power },
	{ "low power", 4, 4, op_low_power },
	{ "bad write", 3, 2, op_bad_write },
	{ "reset", 0, 4, op_reset },
	{ "refused reset", 2, 1, op_refused_reset },
	{ "close device", 0, 2, op_close_device },
	{ "close buffer", 6, 4, op_close_buffer },
	{ "use buffer", 4, 2, op_use_buffer },
	{ "revoke", 4, 4, op_revoke },
	{ "unload", 1, 1, op_unload },
	{ "pages", 8, 4, op_pages },
};

const unsigned int nr_op_kinds = ARRAY_SIZE(op_kinds);
