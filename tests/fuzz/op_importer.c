// SPDX-License-Identifier: GPL-2.0-only
/* What importers do with dma-bufs. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "foreign.h"
#include "model.h"
#include "ops.h"
#include "program.h"
#include "report.h"
#include "rng.h"

/* More than this takes too long to map and to look at. */
#define MAP_MAX		(64ull << 20)
#define MAP_ENTRIES	4096

/* A DMA is short: longer ones find nothing more. */
#define DMA_SIZE	32

static struct importer *importer_of(const struct attachment *att)
{
	return &world.importers[att->importer];
}

/* Something that is no dma-buf, or a flavour that is none */
static void attach_nonsense(const __u32 *field)
{
	struct importer *imp = &world.importers[field[1] % NR_IMPORTERS];
	struct expect expect;
	int fd, answer;

	fd = foreign_fd_pick(field[2], &answer);
	expect = expect_one(answer);
	if (buffer_pick(field[2]) && fd == buffer_pick(field[2])->fd)
		return;
	answer_check(&expect, importer_attach(imp, fd, P2P_TEST_DYNAMIC),
		     "attach of no dma-buf, fd %d", fd);
}

void op_attach(const __u32 *field)
{
	static const __u32 flavours[] = {
		P2P_TEST_DYNAMIC, P2P_TEST_DYNAMIC, P2P_TEST_DYNAMIC,
		P2P_TEST_DYNAMIC, P2P_TEST_LATE, P2P_TEST_FENCE,
		P2P_TEST_IGNORE_NOTIFY, P2P_TEST_NO_P2P, P2P_TEST_STATIC,
		P2P_TEST_PIN, 7, ~0u,
	};
	struct attachment *slot = attachment_free_slot();
	struct buffer *buf = buffer_pick(field[0]);
	__u32 importer = field[1] % 8 < NR_IMPORTERS ? field[1] % 8 : 0;
	__u32 flavour = flavours[field[2] % 12];
	struct expect expect;
	int ret;

	if (!slot || !buf || field[3] % 16 == 0) {
		attach_nonsense(field);
		return;
	}
	expect = model_attach(buf, flavour);
	ret = flavour == P2P_TEST_LATE ?
	      importer_attach_late(&world.importers[importer], buf->fd,
				   field[3] % 4) :
	      importer_attach(&world.importers[importer], buf->fd, flavour);
	answer_check(&expect, ret, "attach importer %u fd %d flavour %u",
		     importer, buf->fd, flavour);
	if (ret > 0)
		*slot = (struct attachment) {
			.handle = ret,
			.importer = importer,
			.buffer = buf,
			.flavour = flavour,
		};
}

/* Is the sg list what the ranges are? */
static void check_entries(struct attachment *att)
{
	static struct p2p_test_sg_entry entries[MAP_ENTRIES];
	const struct buffer *buf = att->buffer;
	__u32 i;
	int nr;

	nr = importer_sg(importer_of(att), att->handle, entries, MAP_ENTRIES);
	if (nr != (int)buf->nr)
		bug("%d sg entries for %u ranges", nr, buf->nr);
	for (i = 0; i < buf->nr; i++)
		if (entries[i].dma_len != buf->ranges[i].length)
			bug("sg entry %u has %llu bytes, not %llu", i,
			    (unsigned long long)entries[i].dma_len,
			    (unsigned long long)buf->ranges[i].length);
	att->address = entries[0].dma_address;
}

static void map_nonsense(const __u32 *field)
{
	struct importer *imp = &world.importers[field[1] % NR_IMPORTERS];
	const struct expect expect = expect_one(-ENOENT);

	answer_check(&expect, importer_map(imp, 0x7fff0000 | field[2], 0),
		     "map of no handle");
}

void op_map(const __u32 *field)
{
	struct attachment *att = attachment_pick(field[0]);
	__u32 direction = field[1] % 16 ? field[1] % 3 : field[1] / 16;
	struct expect expect;
	int ret;

	if (!att || field[2] % 32 == 0) {
		map_nonsense(field);
		return;
	}
	if (att->buffer->size > MAP_MAX || att->buffer->nr > MAP_ENTRIES)
		return;
	if (direction > P2P_TEST_FROM_DEVICE)
		expect = expect_one(-EINVAL);
	else if (att->mapped == YES)
		expect = expect_one(-EALREADY);
	else
		expect = model_map(att);
	if (att->mapped == MAYBE)
		expect_add(&expect, -EALREADY);
	ret = importer_map(importer_of(att), att->handle, direction);
	answer_check(&expect, ret, "map %d direction %u", att->handle,
		     direction);
	if (ret)
		return;
	att->mapped = model_buffer_access(att->buffer);
	att->direction = direction;
	if (att->mapped == YES)
		check_entries(att);
}

static struct expect unmap_answer(const struct attachment *att)
{
	struct expect expect = { 0 };

	if (att->mapped != NO)
		expect_add(&expect, 0);
	if (att->mapped != YES)
		expect_add(&expect, -ENXIO);
	return expect;
}

void op_unmap(const __u32 *field)
{
	struct attachment *att = attachment_pick(field[0]);
	struct expect expect;

	if (!att)
		return;
	expect = unmap_answer(att);
	answer_check(&expect, importer_unmap(importer_of(att), att->handle),
		     "unmap %d", att->handle);
	att->mapped = NO;
}

void op_signal(const __u32 *field)
{
	struct attachment *att = attachment_pick(field[0]);
	struct expect expect;

	if (!att)
		return;
	expect = unmap_answer(att);
	if (att->flavour != P2P_TEST_FENCE)
		expect = expect_one(-EOPNOTSUPP);
	answer_check(&expect, importer_signal(importer_of(att), att->handle),
		     "signal %d", att->handle);
	if (att->flavour == P2P_TEST_FENCE)
		att->mapped = NO;
}

void op_detach(const __u32 *field)
{
	struct attachment *att = attachment_pick(field[0]);
	const struct expect expect = expect_one(0);

	if (!att)
		return;
	answer_check(&expect, importer_detach(importer_of(att), att->handle),
		     "detach %d", att->handle);
	attachment_forget(att);
}

/*
 * An export, an attach and a map with nothing wrong: few things happen to who has
 * no mapping, and chance rarely makes one.
 */
void op_peer(const __u32 *field)
{
	struct attachment *slot = attachment_free_slot();
	__u32 good[OP_FIELDS];

	memcpy(good, field, sizeof(good));
	good[2] %= 2;
	good[3] |= 1;
	good[5] |= 1;
	op_export(good);
	if (!slot)
		return;

	good[1] %= 2;
	good[2] = field[6] % 6;
	op_attach(good);
	if (!slot->handle)
		return;

	good[0] = slot - world.attachments;
	good[1] = 16 * (field[7] % 3) + 3 + field[7] % 3;
	good[2] = 1;
	op_map(good);
}

/* Is each attachment as mapped as it should be? */
void op_check(const __u32 *field)
{
	struct p2p_test_stat stat;
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++) {
		struct attachment *att = &world.attachments[i];
		bool mapped, wanted = att->mapped == YES;

		if (!att->handle || att->mapped == MAYBE)
			continue;
		if (importer_stat(importer_of(att), att->handle, &stat))
			bug("no stat of %d", att->handle);
		mapped = stat.flags & P2P_TEST_STAT_MAPPED;
		report("attachment %d is %smapped", att->handle,
		       mapped ? "" : "not ");
		if (mapped != wanted)
			bug("attachment %d should%s be mapped", att->handle,
			    mapped ? " not" : "");
	}
}

/* Where in the BAR a byte of the dma-buf is */
static __u64 place_of(const struct buffer *buf, __u64 offset)
{
	__u32 i;

	for (i = 0; offset >= buf->ranges[i].length; i++)
		offset -= buf->ranges[i].length;
	return buf->ranges[i].offset + offset;
}

/* The same few bytes of each page of the window */
struct sample {
	__u32 words[WINDOW / PAGE][DMA_SIZE / 4];
};

static void take_sample(const struct device *device, __u64 in_page,
			struct sample *sample)
{
	unsigned int page, i;

	for (page = 0; page < WINDOW / PAGE; page++)
		for (i = 0; i < DMA_SIZE / 4; i++)
			sample->words[page][i] =
				device->window[(page * PAGE + in_page) / 4 + i];
}

/* Only the page at PLACE may have other bytes: DATA, unless that is NULL. */
static void check_sample(const struct device *device, __u64 place,
			 const __u32 *data, const struct sample *before)
{
	struct sample after;
	unsigned int page;

	take_sample(device, place % PAGE, &after);
	for (page = 0; page < WINDOW / PAGE; page++) {
		const __u32 *should = before->words[page];

		if (data && page == place / PAGE)
			should = data;
		if (memcmp(after.words[page], should, DMA_SIZE))
			bug("page %u of the BAR is not what it should be after a DMA to %#llx",
			    page, (unsigned long long)place);
	}
}

/* At the begin or the end of an entry, most often */
static __u64 choose_offset(const struct buffer *buf, __u32 choice)
{
	__u64 offset = 0;
	__u32 i, entry = choice / 4 % buf->nr;

	for (i = 0; i < entry; i++)
		offset += buf->ranges[i].length;
	switch (choice % 4) {
	case 0:
		return offset;
	case 1:
		return offset + (choice / 256 * DMA_SIZE) % PAGE;
	default:
		return offset + buf->ranges[entry].length - DMA_SIZE;
	}
}

static bool in_window(const struct buffer *buf, __u64 place)
{
	return buf->bar == WINDOW_BAR && place + DMA_SIZE <= WINDOW &&
	       device_window_usable(buf->device);
}

static struct expect dma_answer(const struct attachment *att, __u64 offset,
				bool write)
{
	__u32 only = write ? P2P_TEST_TO_DEVICE : P2P_TEST_FROM_DEVICE;
	struct expect expect = { 0 };

	if (att->importer == IMPORTER_NONPCI)
		return expect_one(-EOPNOTSUPP);
	if (att->mapped != YES) {
		expect_add(&expect, -ENXIO);
		expect_add(&expect, -ESTALE);
	}
	if (att->mapped == NO)
		return expect;
	if (att->direction == only)
		expect_add(&expect, -EACCES);
	else
		expect_add(&expect, offset + DMA_SIZE > att->buffer->size ?
			   -ERANGE : 0);
	return expect;
}

static void do_dma(struct attachment *att, __u64 offset, bool write,
		   struct rng *rng)
{
	__u64 place = place_of(att->buffer, offset);
	const struct device *device = att->buffer->device;
	bool look = in_window(att->buffer, place);
	struct expect expect = dma_answer(att, offset, write);
	__u32 data[DMA_SIZE / 4];
	struct sample before;
	unsigned int i;
	int ret;

	for (i = 0; i < DMA_SIZE / 4; i++)
		data[i] = rng_next(rng);
	if (look)
		take_sample(device, place % PAGE, &before);
	ret = write ? importer_write(importer_of(att), att->handle, offset,
				     data, DMA_SIZE) :
		      importer_read(importer_of(att), att->handle, offset,
				    data, DMA_SIZE);
	answer_check(&expect, ret, "dma %s %d at %#llx, in the BAR at %#llx",
		     write ? "write" : "read", att->handle,
		     (unsigned long long)offset, (unsigned long long)place);
	if (look)
		check_sample(device, place, ret ? NULL : data, &before);
}

void op_dma(const __u32 *field)
{
	struct attachment *att = attachment_pick(field[0]);
	struct rng rng = { .state = field[3] };
	__u64 offset;

	if (!att)
		return;
	offset = choose_offset(att->buffer, field[1]);
	/* Elsewhere nobody would notice what goes wrong. */
	if (!in_window(att->buffer, place_of(att->buffer, offset)))
		return;
	do_dma(att, offset, field[2] % 4, &rng);
}

/* Another mapping could get the address. */
static bool maps_anything_else(const struct attachment *att)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++) {
		const struct attachment *other = &world.attachments[i];

		if (other != att && other->handle && other->mapped != NO &&
		    other->importer == att->importer)
			return true;
	}
	return false;
}

static void revoke(const struct device *device, __u32 width)
{
	__u32 device_index = device - world.devices;
	const __u32 off[OP_FIELDS] = { device_index, 0, width };
	const __u32 on[OP_FIELDS] = { device_index, 7, width };

	op_command(off);
	op_command(on);
}

/* After a revoke the address of before leads nowhere. */
void op_dead_address(const __u32 *field)
{
	struct attachment *att = attachment_pick(field[0]);
	const struct expect expect = expect_one(0);
	static const __u32 data[DMA_SIZE / 4] = { 0xdead, 0xdead, 0xdead };
	struct sample before;
	const struct buffer *buf;

	if (!att || !att->address || maps_anything_else(att))
		return;
	buf = att->buffer;
	if (!in_window(buf, buf->ranges[0].offset))
		return;
	if (att->mapped == YES)
		revoke(buf->device, field[1]);
	take_sample(buf->device, 0, &before);
	answer_check(&expect, importer_raw_write(importer_of(att), att->address,
						 data, DMA_SIZE),
		     "dma to the dead address %#llx",
		     (unsigned long long)att->address);
	check_sample(buf->device, buf->ranges[0].offset, NULL, &before);
}
