// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "pattern.h"
#include "peer.h"
#include "tap.h"

/* A transfer takes the same time for one byte and for 2048. */
#define SIZE	256

/* Seeds: each transfer brings other data than the one before */
static unsigned int last_seed;

static void look(struct peer *peer, struct p2p_test_stat *stat)
{
	assert_ok(importer_stat(&peer->scene->imp, peer->handle, stat));
}

/* What happened since the last look; then, this is the last look. */
static void expect_events(struct peer *peer, __u64 notifies, __u64 mapped,
			  __u64 unmaps)
{
	struct p2p_test_stat now;

	look(peer, &now);
	assert_int_equal(now.notifies - peer->before.notifies, notifies);
	assert_int_equal(now.notifies_mapped - peer->before.notifies_mapped,
			 mapped);
	assert_int_equal(now.unmaps - peer->before.unmaps, unmaps);
	peer->before = now;
}

static void expect_data(struct peer *peer)
{
	scene_check_write(peer->scene, peer->handle, peer->offset, SIZE,
			  ++last_seed);
}

void peer_map(struct peer *peer)
{
	struct importer *imp = &peer->scene->imp;
	struct p2p_test_sg_entry entry;

	assert_ok(importer_map(imp, peer->handle, P2P_TEST_BIDIRECTIONAL));
	assert_int_equal(assert_ok(importer_sg(imp, peer->handle, &entry, 1)),
			 1);
	peer->address = entry.dma_address;
	expect_data(peer);
	look(peer, &peer->before);
}

void peer_begin(struct peer *peer, struct scene *scene, __u64 offset)
{
	peer_begin_with(peer, scene, offset,
			scene_export(scene, offset, PEER_PAGE));
}

void peer_begin_with(struct peer *peer, struct scene *scene, __u64 offset,
		     int dmabuf)
{
	peer->scene = scene;
	peer->offset = offset;
	peer->dmabuf = dmabuf;
	peer->handle = assert_ok(importer_attach(&scene->imp, peer->dmabuf,
						 P2P_TEST_DYNAMIC));
	peer_map(peer);
}

void peer_end(struct peer *peer)
{
	assert_ok(importer_detach(&peer->scene->imp, peer->handle));
	if (peer->dmabuf >= 0)
		close(peer->dmabuf);
}

void peer_expect_kept(struct peer *peer)
{
	expect_events(peer, 0, 0, 0);
	assert_true(peer->before.flags & P2P_TEST_STAT_MAPPED);
	expect_data(peer);
}

static void expect_no_map(struct peer *peer)
{
	assert_false(peer->before.flags & P2P_TEST_STAT_MAPPED);
	assert_errno(importer_map(&peer->scene->imp, peer->handle,
				  P2P_TEST_BIDIRECTIONAL), ENODEV);
}

void peer_expect_taken(struct peer *peer)
{
	expect_events(peer, 1, 1, 1);
	expect_no_map(peer);
}

void peer_expect_still_taken(struct peer *peer)
{
	expect_events(peer, 0, 0, 0);
	expect_no_map(peer);
}

void peer_expect_shell(struct peer *peer)
{
	peer_expect_still_taken(peer);
	assert_errno(importer_attach(&peer->scene->imp, peer->dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);
}

void peer_expect_address_dead(struct peer *peer)
{
	volatile char *page = peer->scene->bar + peer->offset;
	char data[SIZE];

	pattern_fill_io(page, SIZE, ++last_seed, 0);
	pattern_fill(data, SIZE, last_seed + 1, 0);
	assert_ok(importer_raw_write(&peer->scene->imp, peer->address, data,
				     SIZE));
	assert_int_equal(pattern_check_io(page, SIZE, last_seed++, 0), SIZE);
}

void peer_expect_given_back(struct peer *peer)
{
	expect_events(peer, 1, 0, 0);
	peer_expect_address_dead(peer);
	peer_map(peer);
}

void peer_expect_taken_and_given_back(struct peer *peer)
{
	expect_events(peer, 2, 1, 1);
	peer_expect_address_dead(peer);
	peer_map(peer);
}
