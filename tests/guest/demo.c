// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole of it, for a person to watch: an NVMe drive's memory is exported, a
 * peer writes into it, a reset takes the access away and gives it back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "p2p.h"
#include "sysfs.h"
#include "vfio_config.h"
#include "vfio_dev.h"
#include "vfio_region.h"
#include "vfio_reset.h"

/* Controller memory buffer of QEMU's drive; the slice of it that is exported */
#define CMB_BAR		2
#define SLICE_OFFSET	65536
#define SLICE_SIZE	65536

/* Room for one of the texts that the peer writes */
#define TEXT_SIZE	64

/**
 * struct demo - what the steps work on
 * @drive: the drive, owned by this program through vfio-pci
 * @control: the misc device of the module
 * @slice: the owner's mapping of the slice
 * @dmabuf: the export
 * @peer: the device that does the DMA
 * @handle: its attachment
 */
struct demo {
	struct vfio_dev drive;
	int control;
	char *slice;
	int dmabuf;
	struct importer peer;
	int handle;
};

static int step_number;

/* One line below a step */
#define say(format, ...)	printf("   " format "\n", ##__VA_ARGS__)

static void step(const char *what)
{
	printf("%d. %s\n", ++step_number, what);
}

static _Noreturn void fail(const char *what)
{
	printf("FAILED: %s\n", what);
	exit(1);
}

static int must(int ret, const char *what)
{
	if (ret < 0) {
		printf("FAILED: %s: %s\n", what, strerror(-ret));
		exit(1);
	}

	return ret;
}

static void must_be_errno(int ret, int err, const char *what)
{
	if (ret == -err)
		return;

	printf("FAILED: %s: %s instead of %s\n", what,
	       ret < 0 ? strerror(-ret) : "success", strerror(err));
	exit(1);
}

static const char *bdf_of(const char *name)
{
	const char *bdf = env_bdf(name);

	if (!bdf)
		fail(name);

	return bdf;
}

static void show_module(struct demo *demo)
{
	struct vfio_p2p_info info;
	struct utsname uts;
	char version[32];

	step("The module on a stock kernel");
	must(module_ensure(MODULE_UNDER_TEST), "load the module");
	uname(&uts);
	must(sysfs_read("/sys/module/" MODULE_UNDER_TEST "/version", version,
			sizeof(version)), "read the module's version");
	demo->control = must(p2p_open(), "open /dev/" VFIO_P2P_DEVICE_NAME);
	must(p2p_info(demo->control, &info), "VFIO_P2P_INFO");
	say("kernel %s, " MODULE_UNDER_TEST " %s, ABI %u, capabilities 0x%llx",
	    uts.release, version, info.abi_version,
	    (unsigned long long)info.capabilities);
}

static void open_drive(struct demo *demo)
{
	const char *bdf = bdf_of("EXPORTER_NVME");
	void *slice;

	step("The drive");
	must(pci_bind(bdf, "vfio-pci"), "bind the drive to vfio-pci");
	must(vfio_dev_open(&demo->drive, bdf), "open the drive");
	must(vfio_config_set_memory(&demo->drive, true), "enable memory");
	must(vfio_region_mmap(&demo->drive, CMB_BAR, SLICE_OFFSET, SLICE_SIZE,
			      &slice), "map the CMB");
	demo->slice = slice;
	say("NVMe drive %s, bound to the stock vfio-pci, open in this program",
	    bdf);
	say("its controller memory buffer: BAR %d, %lld MiB", CMB_BAR,
	    vfio_region_size(&demo->drive, CMB_BAR) >> 20);
}

static void export_slice(struct demo *demo)
{
	step("Export a slice of the CMB");
	demo->dmabuf = must(p2p_export_range(demo->control, demo->drive.fd,
					     CMB_BAR, SLICE_OFFSET, SLICE_SIZE),
			    "export");
	say("dma-buf fd %d: %d KiB at offset %d KiB", demo->dmabuf,
	    SLICE_SIZE >> 10, SLICE_OFFSET >> 10);
}

static const char *route_name(__u32 route)
{
	switch (route) {
	case VFIO_P2P_ROUTE_BUS_ADDR:
		return "within a PCI switch";
	case VFIO_P2P_ROUTE_HOST_BRIDGE:
		return "through the host bridge";
	default:
		return "impossible";
	}
}

static void attach_peer(struct demo *demo)
{
	const char *bdf = bdf_of("IMPORTER_EDU0");
	struct p2p_test_sg_entry entry;
	struct vfio_p2p_route route;

	step("Another device is the peer");
	must(module_ensure(MODULE_IMPORTER), "load the peer's driver");
	must(importer_open(&demo->peer, bdf), "open the peer");
	must(p2p_route(demo->control, demo->drive.fd, bdf, &route), "route");
	demo->handle = must(importer_attach(&demo->peer, demo->dmabuf,
					    P2P_TEST_DYNAMIC), "attach");
	must(importer_map(&demo->peer, demo->handle, P2P_TEST_BIDIRECTIONAL),
	     "map");
	must(importer_sg(&demo->peer, demo->handle, &entry, 1), "sg list");
	say("PCI device %s, route to the drive: %s", bdf,
	    route_name(route.route));
	say("it has the dma-buf mapped at DMA address 0x%llx",
	    (unsigned long long)entry.dma_address);
}

/* The BAR, byte for byte: no memcpy(), which may use any access. */
static void look(struct demo *demo, char *text)
{
	const volatile char *slice = demo->slice;
	int i;

	for (i = 0; i < TEXT_SIZE - 1; i++)
		text[i] = slice[i];
	text[i] = '\0';
}

static void write_and_show(struct demo *demo, const char *message)
{
	char text[TEXT_SIZE] = "", seen[TEXT_SIZE];

	look(demo, seen);
	if (!strcmp(seen, message))
		fail("the text was there before it was written");

	strcpy(text, message);
	must(importer_write(&demo->peer, demo->handle, 0, text, sizeof(text)),
	     "DMA write");
	say("the peer writes by DMA:       \"%s\"", message);
	look(demo, seen);
	say("the drive's owner sees in it: \"%s\"", seen);
	if (strcmp(seen, message))
		fail("not what was written");
}

static void expect_no_access(struct demo *demo)
{
	char byte = 0;

	must_be_errno(importer_map(&demo->peer, demo->handle,
				   P2P_TEST_BIDIRECTIONAL), ENODEV, "map");
	if (!importer_write(&demo->peer, demo->handle, 0, &byte, 1))
		fail("DMA without a mapping");
}

static void take_by_memory_off(struct demo *demo)
{
	step("The owner turns the drive's memory off");
	must(importer_clear_events(&demo->peer), "events");
	must(vfio_config_set_memory(&demo->drive, false), "memory off");
	must(importer_wait(&demo->peer, P2P_TEST_EVENT_UNMAP, 0),
	     "the peer unmapped");
	expect_no_access(demo);
	say("access taken: the peer was told and has unmapped; map: ENODEV");
	must(vfio_config_set_memory(&demo->drive, true), "memory on");
	must(importer_map(&demo->peer, demo->handle, P2P_TEST_BIDIRECTIONAL),
	     "map again");
	say("memory is on again, access given back: the peer has mapped again");
}

static void take_by_reset(struct demo *demo)
{
	struct p2p_test_stat before, after;

	step("The owner resets the drive");
	must(importer_stat(&demo->peer, demo->handle, &before), "stat");
	must(vfio_dev_reset(&demo->drive), "reset");
	must(importer_stat(&demo->peer, demo->handle, &after), "stat");
	if (after.notifies_mapped != before.notifies_mapped + 1 ||
	    after.unmaps != before.unmaps + 1)
		fail("the reset did not take access away");
	say("access taken before the reset: the peer's mapping is gone");
	must(importer_map(&demo->peer, demo->handle, P2P_TEST_BIDIRECTIONAL),
	     "map again");
	say("access given back after it: the peer has mapped again");
}

static void close_drive(struct demo *demo)
{
	step("The owner closes the drive");
	munmap(demo->slice, SLICE_SIZE);
	vfio_dev_close(&demo->drive);
	expect_no_access(demo);
	say("the dma-buf is a revoked shell: map: ENODEV");
	must(importer_detach(&demo->peer, demo->handle), "detach");
	importer_close(&demo->peer);
	close(demo->dmabuf);
	close(demo->control);
	if (module_refcount(MODULE_UNDER_TEST))
		fail("something is left of it");
	say("dma-buf closed, nothing is left of it");
}

int main(void)
{
	struct demo demo;

	setvbuf(stdout, NULL, _IOLBF, 0);
	show_module(&demo);
	open_drive(&demo);
	export_slice(&demo);
	attach_peer(&demo);
	step("Peer-to-peer DMA");
	write_and_show(&demo, "written by a peer, not by the CPU");
	take_by_memory_off(&demo);
	take_by_reset(&demo);
	write_and_show(&demo, "and once more after the reset");
	close_drive(&demo);
	printf("All steps done.\n");

	return 0;
}
