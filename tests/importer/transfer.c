// SPDX-License-Identifier: GPL-2.0-only
/* What is done with a mapping: DMA through it, a look at its sg list. */
#include <linux/dma-resv.h>
#include <linux/scatterlist.h>

#include "edu.h"
#include "importer.h"

static int attachment_check_mapped(const struct attachment *att)
{
	if (att->dead)
		return -ENOENT;
	if (att->revoked)
		return -ESTALE;

	return att->sgt ? 0 : -ENXIO;
}

static int attachment_check_range(const struct attachment *att,
				  const struct p2p_test_dma *arg)
{
	struct scatterlist *sg;
	u64 size = 0;
	int i;

	for_each_sgtable_dma_sg(att->sgt, sg, i)
		size += sg_dma_len(sg);

	if (arg->length > size || arg->offset > size - arg->length)
		return -ERANGE;

	return 0;
}

static int attachment_check_dma(const struct attachment *att,
				const struct p2p_test_dma *arg)
{
	enum dma_data_direction needed;
	int ret;

	ret = attachment_check_mapped(att);
	if (ret)
		return ret;

	needed = arg->flags & P2P_TEST_DMA_WRITE ? DMA_FROM_DEVICE :
						   DMA_TO_DEVICE;
	if (att->dir != DMA_BIDIRECTIONAL && att->dir != needed)
		return -EACCES;

	return attachment_check_range(att, arg);
}

/* One piece, within one entry of the sg list */
static int attachment_dma_piece(struct attachment *att, struct edu *edu,
				u64 address, void *buf, size_t len, bool write)
{
	int ret;

	ret = write ? edu_write(edu, address, buf, len) :
		      edu_read(edu, buf, address, len);
	if (ret)
		return ret;

	spin_lock(&att->stat_lock);
	att->stat.dma_bytes += len;
	spin_unlock(&att->stat_lock);

	return 0;
}

static int attachment_dma_walk(struct attachment *att, struct edu *edu,
			       const struct p2p_test_dma *arg, void *buf)
{
	bool write = arg->flags & P2P_TEST_DMA_WRITE;
	u64 offset = arg->offset;
	u64 left = arg->length;
	struct scatterlist *sg;
	int i, ret;

	for_each_sgtable_dma_sg(att->sgt, sg, i) {
		size_t len;

		if (offset >= sg_dma_len(sg)) {
			offset -= sg_dma_len(sg);
			continue;
		}

		len = min_t(u64, left, sg_dma_len(sg) - offset);
		ret = attachment_dma_piece(att, edu,
					   sg_dma_address(sg) + offset, buf,
					   len, write);
		if (ret)
			return ret;

		buf += len;
		left -= len;
		offset = 0;
		if (!left)
			break;
	}

	return 0;
}

/**
 * attachment_dma - move bytes through the mapping
 * @att: the attachment
 * @edu: the engine
 * @arg: where in the dma-buf, how much, which way
 * @buf: the data, or room for it
 *
 * Return: 0, or an error as documented at struct p2p_test_dma.
 */
int attachment_dma(struct attachment *att, struct edu *edu,
		   const struct p2p_test_dma *arg, void *buf)
{
	int ret;

	ret = dma_resv_lock_interruptible(att->dmabuf->resv, NULL);
	if (ret)
		return ret;

	ret = attachment_check_dma(att, arg);
	if (!ret) {
		attachment_set_flags(att, P2P_TEST_STAT_DMA_ACTIVE, 0);
		importer_file_event(att->file, P2P_TEST_EVENT_DMA_START);
		ret = attachment_dma_walk(att, edu, arg, buf);
		attachment_set_flags(att, 0, P2P_TEST_STAT_DMA_ACTIVE);
	}

	dma_resv_unlock(att->dmabuf->resv);

	return ret;
}

/**
 * attachment_sg - copy the sg list of the mapping
 * @att: the attachment
 * @entries: where to
 * @room: how many fit there
 * @nents: how many there are
 *
 * Return: 0, -ENXIO if not mapped, -ENOENT if detached meanwhile.
 */
int attachment_sg(struct attachment *att, struct p2p_test_sg_entry *entries,
		  u32 room, u32 *nents)
{
	struct scatterlist *sg;
	int i, ret = 0;

	dma_resv_lock(att->dmabuf->resv, NULL);
	if (att->dead || !att->sgt) {
		ret = att->dead ? -ENOENT : -ENXIO;
		goto out_unlock;
	}

	for_each_sgtable_dma_sg(att->sgt, sg, i) {
		if (i >= room)
			break;
		entries[i].dma_address = sg_dma_address(sg);
		entries[i].dma_len = sg_dma_len(sg);
	}
	*nents = att->sgt->nents;

out_unlock:
	dma_resv_unlock(att->dmabuf->resv);

	return ret;
}
