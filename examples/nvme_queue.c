// SPDX-License-Identifier: GPL-2.0-only
/* Queues of an NVMe drive that is driven from user space; see nvme_user.h. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "nvme_user.h"

void nvme_queue_init(struct nvme *nvme, struct nvme_queue *queue,
		     unsigned int id, void *sq, void *cq)
{
	unsigned int stride = 1 << (nvme->regs[1] & 15);	/* CAP.DSTRD */

	memset(queue, 0, sizeof(*queue));
	queue->sq = sq;
	queue->cq = cq;
	queue->sq_doorbell = nvme->regs + NVME_DOORBELLS / 4 + 2 * id * stride;
	queue->cq_doorbell = queue->sq_doorbell + stride;
	queue->phase = 1;
}

void nvme_put(struct nvme_queue *queue, const struct nvme_command *command)
{
	__u32 words[sizeof(*command) / 4];
	unsigned int i;

	memcpy(words, command, sizeof(words));
	for (i = 0; i < sizeof(words) / 4; i++)
		queue->sq[queue->tail * sizeof(words) / 4 + i] = words[i];
	queue->tail = (queue->tail + 1) % NVME_DEPTH;
}

void nvme_ring(struct nvme_queue *queue)
{
	atomic_thread_fence(memory_order_seq_cst);
	*queue->sq_doorbell = queue->tail;
}

int nvme_complete(struct nvme_queue *queue, __u16 *id)
{
	volatile struct nvme_completion *entry = &queue->cq[queue->head];
	__u16 status = entry->status;

	if ((status & 1) != queue->phase)
		return -EAGAIN;
	atomic_thread_fence(memory_order_acquire);
	*id = entry->id;
	queue->head = (queue->head + 1) % NVME_DEPTH;
	if (!queue->head)
		queue->phase = !queue->phase;
	*queue->cq_doorbell = queue->head;
	return status >> 1;
}

void nvme_fill(struct nvme_command *command, __u8 opcode, __u16 id, __u64 block,
	       unsigned int blocks, __u64 address)
{
	*command = (struct nvme_command){
		.opcode = opcode,
		.id = id,
		.nsid = 1,
		.prp[0] = address,
		.dword = { block, block >> 32, blocks - 1 },
	};
}

void nvme_drain(struct nvme *nvme)
{
	__u64 count;

	while (read(nvme->event, &count, sizeof(count)) > 0)
		;
}

int nvme_wait(struct nvme *nvme)
{
	struct pollfd poll_fd = { .fd = nvme->event, .events = POLLIN };
	int ret = poll(&poll_fd, 1, NVME_LIMIT_MS);

	if (ret <= 0)
		return ret ? -errno : -ETIMEDOUT;
	nvme_drain(nvme);
	return 0;
}

unsigned int nvme_sq_doorbell(const struct nvme *nvme)
{
	return (nvme->io.sq_doorbell - nvme->regs) * 4 - NVME_DOORBELLS;
}
