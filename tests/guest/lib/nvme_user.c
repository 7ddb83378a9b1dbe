// SPDX-License-Identifier: GPL-2.0-only
/* The driver of the examples is that of the tests. */
#include "../../../examples/nvme_queue.c"
#include "../../../examples/nvme_user.c"
#include "../../../examples/nvme_vfio.c"
