// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of a vfio device and what its importers see of them, a line each; the
 * lines of two exporters are compared by tests/vm/differential.  What is right
 * is not known here.
 *
 * FLR by the AF capability is missing: no device of QEMU has that capability.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "answer.h"
#include "env.h"
#include "job.h"
#include "pattern.h"
#include "pending.h"
#include "sysfs.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_region.h"
#include "vfio_reset.h"
#include "watch.h"

#define PAGE	WATCH_PAGE
#define D3HOT	3

/* An importer that is told is told within this time; nobody else waits for it. */
#define TOLD_MS	2000

/* How long after it was told an importer lets go */
#define LATE_MS	200

/* How long an unbind may take once the device is closed */
#define UNBIND_MS	20000

static struct watch watch;

static int reset(struct watch *w)
{
	return vfio_dev_reset(&w->scene.dev);
}

static int reset_by_sysfs(struct watch *w)
{
	return pci_reset(w->scene.dev.bdf);
}

static int memory_off(struct watch *w)
{
	return vfio_config_set_memory(&w->scene.dev, false);
}

static int memory_on(struct watch *w)
{
	return vfio_config_set_memory(&w->scene.dev, true);
}

static int memory_off_by_1_byte(struct watch *w)
{
	return vfio_config_write8(&w->scene.dev, PCI_COMMAND, 0);
}

static int memory_off_by_4_bytes(struct watch *w)
{
	return vfio_config_write32(&w->scene.dev, PCI_COMMAND, 0);
}

static int command_high_byte(struct watch *w)
{
	return vfio_config_write8(&w->scene.dev, PCI_COMMAND + 1, 0);
}

static int command_unreadable(struct watch *w)
{
	return vfio_region_write(&w->scene.dev, VFIO_PCI_CONFIG_REGION_INDEX,
				 PCI_COMMAND, (void *)16, 2);
}

static int to_d3hot(struct watch *w)
{
	return vfio_config_set_power(&w->scene.dev, D3HOT);
}

static int to_d0(struct watch *w)
{
	return vfio_config_set_power(&w->scene.dev, 0);
}

static int to_d1(struct watch *w)
{
	return vfio_config_set_power(&w->scene.dev, 1);
}

static int to_d2(struct watch *w)
{
	return vfio_config_set_power(&w->scene.dev, 2);
}

static int flr(struct watch *w)
{
	return vfio_config_pcie_flr(&w->scene.dev);
}

static int devctl(struct watch *w)
{
	return assert_ok(vfio_config_find_cap(&w->scene.dev, PCI_CAP_ID_EXP)) +
	       PCI_EXP_DEVCTL;
}

/* The byte with the FLR bit alone */
static int flr_by_1_byte(struct watch *w)
{
	return vfio_config_write8(&w->scene.dev, devctl(w) + 1,
				  PCI_EXP_DEVCTL_BCR_FLR >> 8);
}

static int devctl_without_flr(struct watch *w)
{
	const struct vfio_dev *dev = &w->scene.dev;

	return vfio_config_write16(dev, devctl(w),
				   assert_ok(vfio_config_read16(dev,
								devctl(w))));
}

static int low_power(struct watch *w)
{
	return vfio_feature_low_power_entry(w->scene.dev.fd);
}

static int low_power_exit(struct watch *w)
{
	return vfio_feature_low_power_exit(w->scene.dev.fd);
}

static int low_power_probe(struct watch *w)
{
	return vfio_feature_probe(w->scene.dev.fd,
				  VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
				  VFIO_DEVICE_FEATURE_SET);
}

static int low_power_with_wakeup(struct watch *w)
{
	int event = eventfd(0, EFD_CLOEXEC);
	int ret = vfio_feature_low_power_entry_with_wakeup(w->scene.dev.fd,
							   event);

	close(event);

	return ret;
}

/* Wakes the device up, once it is asleep. */
static int use_device(struct watch *w)
{
	struct vfio_device_info info;
	char status[32];

	/* Nobody tells of it; the program's time limit ends the wait. */
	do {
		assert_ok(pci_attr_read(w->scene.dev.bdf,
					"power/runtime_status", status,
					sizeof(status)));
	} while (strcmp(status, "suspended"));

	return vfio_dev_info(&w->scene.dev, &info);
}

static int hot_reset(struct watch *w)
{
	return vfio_dev_hot_reset(&w->scene.dev, &w->scene.dev.group->fd, 1);
}

static int hot_reset_without_right(struct watch *w)
{
	return vfio_dev_hot_reset(&w->scene.dev, NULL, 0);
}

static int last_close(struct watch *w)
{
	int fd = w->scene.dev.fd;

	w->scene.dev.fd = -1;

	return close(fd) ? -errno : 0;
}

static int close_of_a_second_fd(struct watch *w)
{
	int fd = assert_ok(vfio_dev_reopen(&w->scene.dev));

	return close(fd) ? -errno : 0;
}

static int close_dmabuf(struct watch *w)
{
	int fd = w->dmabuf;

	/* Importers keep it alive; the watch needs an fd to attach by. */
	w->dmabuf = dup(fd);

	return close(fd) ? -errno : 0;
}

/* The power state in the capability of a copy of config space */
static int power_in(const __u8 *config)
{
	__u8 pos = config[PCI_CAPABILITY_LIST];

	while (pos && config[pos + PCI_CAP_LIST_ID] != PCI_CAP_ID_PM)
		pos = config[pos + PCI_CAP_LIST_NEXT];

	return pos ? config[pos + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK : 0;
}

/*
 * Has it happened yet?  Not by vfio, which may wait for the end of the event; nor
 * in a reset, at whose end others can read config space again.
 */
static void glance_at_device(struct watch *w, const char *what)
{
	__u8 config[PCI_CFG_SPACE_SIZE + 1] = {};
	char question[96];

	assert_ok(pci_attr_read(w->scene.dev.bdf, "config", (char *)config,
				sizeof(config)));
	snprintf(question, sizeof(question), "%s, device", what);
	answer(question, "memory %s, D%d",
	       config[PCI_COMMAND] & PCI_COMMAND_MEMORY ? "on" : "off",
	       power_in(config));
}

static void resets(const char *exporter)
{
	char what[64];

	watch_open(&watch, exporter, exporter);
	snprintf(what, sizeof(what), "%s, reset", exporter);
	watch_event(&watch, what, reset);
	snprintf(what, sizeof(what), "%s, reset by sysfs", exporter);
	watch_event(&watch, what, reset_by_sysfs);
	snprintf(what, sizeof(what), "%s, memory off", exporter);
	watch_event(&watch, what, memory_off);
	snprintf(what, sizeof(what), "%s, reset while memory off", exporter);
	watch_event(&watch, what, reset);
	snprintf(what, sizeof(what), "%s, sysfs reset while memory off",
		 exporter);
	watch_event(&watch, what, reset_by_sysfs);
	snprintf(what, sizeof(what), "%s, memory on", exporter);
	watch_event(&watch, what, memory_on);
	watch_close(&watch);
}

static void flrs(void)
{
	watch_open(&watch, "EXPORTER_NVME", "FLR");
	watch_event(&watch, "FLR bit, 2 bytes", flr);
	watch_event(&watch, "FLR bit, 1 byte", flr_by_1_byte);
	watch_event(&watch, "DEVCTL without FLR", devctl_without_flr);
	watch_event(&watch, "memory off before FLR", memory_off);
	watch_event(&watch, "FLR bit while memory off", flr);
	watch_event(&watch, "memory on after FLR", memory_on);
	watch_close(&watch);
}

static void command_writes(void)
{
	watch_open(&watch, "EXPORTER_NVME", "COMMAND");
	watch.during = glance_at_device;
	watch_event(&watch, "COMMAND, on while on", memory_on);
	watch_event(&watch, "COMMAND, off", memory_off);
	watch_event(&watch, "COMMAND, off while off", memory_off);
	watch_event(&watch, "COMMAND, high byte while off", command_high_byte);
	watch_event(&watch, "COMMAND, on", memory_on);
	watch_event(&watch, "COMMAND, high byte", command_high_byte);
	watch_event(&watch, "COMMAND, off by 1 byte", memory_off_by_1_byte);
	watch_event(&watch, "COMMAND, on again", memory_on);
	watch_event(&watch, "COMMAND, off by 4 bytes", memory_off_by_4_bytes);
	watch_event(&watch, "COMMAND, on once more", memory_on);
	watch_event(&watch, "COMMAND, unreadable", command_unreadable);
	watch_close(&watch);
}

static void power_states(void)
{
	watch_open(&watch, "EXPORTER_NVME", "power states");
	watch.during = glance_at_device;
	watch_event(&watch, "D1", to_d1);
	watch_event(&watch, "D2", to_d2);
	watch_event(&watch, "D0 after D2", to_d0);
	watch_event(&watch, "D3hot", to_d3hot);
	watch_event(&watch, "D3hot in D3hot", to_d3hot);
	watch_event(&watch, "COMMAND, on in D3hot", memory_on);
	watch_event(&watch, "D0", to_d0);
	watch_event(&watch, "D3hot again", to_d3hot);
	watch_event(&watch, "COMMAND, off in D3hot", memory_off);
	watch_event(&watch, "D0 while memory off", to_d0);
	watch_event(&watch, "COMMAND, on in D0", memory_on);
	watch_event(&watch, "D3hot before a reset", to_d3hot);
	watch_event(&watch, "reset in D3hot", reset);
	watch_close(&watch);
}

static void low_power_states(void)
{
	watch_open(&watch, "EXPORTER_NVME", "low power");
	watch.during = glance_at_device;
	watch_event(&watch, "low power, probe", low_power_probe);
	watch_event(&watch, "low power, exit without entry", low_power_exit);
	watch_event(&watch, "low power, entry", low_power);
	watch_event(&watch, "low power, second entry", low_power);
	watch_event(&watch, "low power, exit", low_power_exit);
	watch_event(&watch, "low power with wakeup", low_power_with_wakeup);
	watch_event(&watch, "low power with wakeup, use", use_device);
	watch_event(&watch, "low power with wakeup, COMMAND on", memory_on);
	watch_event(&watch, "low power with wakeup, exit", low_power_exit);
	watch_event(&watch, "low power, entry before COMMAND off", low_power);
	watch_event(&watch, "low power, COMMAND off", memory_off);
	watch_event(&watch, "low power, exit with memory off", low_power_exit);
	watch_event(&watch, "COMMAND, on after low power", memory_on);
	watch_close(&watch);
}

/* Events that come while the device is in low power */
static void low_power_interrupted(void)
{
	watch_open(&watch, "EXPORTER_NVME", "low power, interrupted");
	watch.during = glance_at_device;
	watch_event(&watch, "low power before COMMAND on", low_power);
	watch_event(&watch, "low power, COMMAND on", memory_on);
	watch_event(&watch, "low power, exit after COMMAND on",
		    low_power_exit);
	watch_event(&watch, "low power before a reset", low_power);
	watch_event(&watch, "low power, reset", reset);
	watch_event(&watch, "low power, exit after a reset", low_power_exit);
	watch_close(&watch);
}

/* The other function of the slot, in the same container */
static struct watch sibling;

static void open_sibling(void)
{
	const char *bdf = env_bdf_or_skip("SLOT_IVSHMEM");

	sibling.scene.control = -1;
	assert_ok(vfio_dev_open_in(&sibling.scene.dev,
				   watch.scene.dev.container, bdf));
	assert_ok(vfio_config_set_memory(&sibling.scene.dev, true));
	assert_ok(importer_open(&sibling.scene.imp,
				env_bdf_or_skip("IMPORTER_EDU0")));
	assert_ok(importer_open(&sibling.far,
				env_bdf_or_skip("IMPORTER_EDU1")));
	watch_begin(&sibling, PAGE);
	/* The function that is reset first has the holder. */
	assert_ok(importer_unmap(&sibling.far, sibling.holder.handle));
}

static void slot_event(const char *what, watch_fn fn)
{
	char question[96];

	watch_event(&watch, what, fn);
	snprintf(question, sizeof(question), "%s, after, sibling", what);
	watch_look(&sibling, question);
}

static int reset_of_sibling(struct watch *w)
{
	return vfio_dev_reset(&sibling.scene.dev);
}

static int hot_reset_by_sibling(struct watch *w)
{
	return hot_reset(&sibling);
}

static int memory_of_sibling_off(struct watch *w)
{
	return memory_off(&sibling);
}

static int memory_of_sibling_on(struct watch *w)
{
	return memory_on(&sibling);
}

static void slot(void)
{
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_NVME"), "vfio-pci"));
	assert_ok(pci_bind(env_bdf_or_skip("SLOT_IVSHMEM"), "vfio-pci"));
	watch_open(&watch, "SLOT_NVME", "slot");
	watch_event(&watch, "hot reset, sibling closed", hot_reset);
	open_sibling();
	slot_event("hot reset", hot_reset);
	slot_event("hot reset by sibling", hot_reset_by_sibling);
	slot_event("hot reset without right", hot_reset_without_right);
	slot_event("reset of a function with FLR", reset);
	slot_event("reset of a function without", reset_of_sibling);
	slot_event("COMMAND, off for sibling", memory_of_sibling_off);
	slot_event("hot reset, sibling's memory off", hot_reset);
	slot_event("COMMAND, on for sibling", memory_of_sibling_on);
	watch_close(&sibling);
	watch_close(&watch);
}

/* Another dma-buf of the same device, in its other BAR, exported later */
static struct importer other_importer;
static struct party other = { .imp = &other_importer };

static void glance_at_other(struct watch *w, const char *what)
{
	char question[96];

	/* Told or not, and nothing to wait for in the latter case */
	importer_wait(&other_importer, P2P_TEST_EVENT_NOTIFY, TOLD_MS);
	snprintf(question, sizeof(question), "%s, second", what);
	watch_glance(&other, question);
}

static void two_dmabufs(void)
{
	int fd;

	watch_open(&watch, "EXPORTER_NVME", "two dma-bufs");
	watch.during = glance_at_other;
	assert_ok(importer_open(&other_importer, env_bdf("IMPORTER_EDU0")));
	fd = assert_ok(vfio_feature_dma_buf_range(watch.scene.dev.fd, 0, 0,
						  PAGE));
	other.handle = assert_ok(importer_attach(&other_importer, fd,
						 P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&other_importer, other.handle,
			       P2P_TEST_BIDIRECTIONAL));
	assert_ok(importer_clear_events(&other_importer));
	watch_event(&watch, "reset with two dma-bufs", reset);
	watch_glance(&other, "reset with two dma-bufs, after, second");
	importer_close(&other_importer);
	close(fd);
	watch_close(&watch);
}

/* Made while memory is off, and used when it is on */
static void born_revoked(const char *when, watch_fn end)
{
	struct importer *imp = &watch.scene.imp;
	char what[96];
	int fd, ret;

	fd = scene_export(&watch.scene, 0, PAGE);
	snprintf(what, sizeof(what), "exported %s, attach", when);
	answer(what, "%s",
	       answer_code(importer_attach(imp, fd, P2P_TEST_DYNAMIC)));
	assert_ok(end(&watch));
	ret = assert_ok(importer_attach(imp, fd, P2P_TEST_DYNAMIC));
	snprintf(what, sizeof(what), "exported %s, map afterwards", when);
	answer(what, "%s", answer_code(importer_map(imp, ret,
						    P2P_TEST_BIDIRECTIONAL)));
	assert_ok(importer_detach(imp, ret));
	close(fd);
}

static void exports_while_blocked(void)
{
	watch_open(&watch, "EXPORTER_NVME", "exports while blocked");
	assert_ok(importer_unmap(&watch.far, watch.holder.handle));
	assert_ok(memory_off(&watch));
	born_revoked("while memory is off", memory_on);
	assert_ok(to_d3hot(&watch));
	born_revoked("in D3hot", to_d0);
	watch_look(&watch, "another one exported meanwhile");
	watch_close(&watch);
}

/* In low power the device decodes as far as its config space says. */
static void export_in_low_power(void)
{
	struct importer *imp = &watch.scene.imp;
	int fd, ret;

	watch_open(&watch, "EXPORTER_NVME", "export in low power");
	assert_ok(importer_unmap(&watch.far, watch.holder.handle));
	assert_ok(low_power(&watch));
	fd = scene_export(&watch.scene, 0, PAGE);
	ret = importer_attach(imp, fd, P2P_TEST_DYNAMIC);
	answer("exported in low power, attach", "%s",
	       answer_code(ret < 0 ? ret : 0));
	watch_look(&watch, "exported in low power, the older one");
	assert_ok(low_power_exit(&watch));
	ret = importer_attach(imp, fd, P2P_TEST_DYNAMIC);
	answer("exported in low power, attach afterwards", "%s",
	       answer_code(ret < 0 ? ret : 0));
	close(fd);
	watch_close(&watch);
}

static void reopen(void)
{
	watch.scene.dev.fd = assert_ok(vfio_dev_reopen(&watch.scene.dev));
	assert_ok(memory_on(&watch));
}

static void closes(void)
{
	watch_open(&watch, "EXPORTER_NVME", "closes");
	watch_event(&watch, "close of the dma-buf's fd", close_dmabuf);
	watch_event(&watch, "reset after it", reset);
	watch_event(&watch, "close of a second fd", close_of_a_second_fd);
	watch.during = glance_at_device;
	watch_event(&watch, "last close", last_close);
	watch.during = NULL;
	reopen();
	watch_event(&watch, "reset after the next open", reset);
	importer_close(&watch.far);
	importer_close(&watch.scene.imp);
	close(watch.dmabuf);
	watch.scene.imp.fd = -1;
	scene_close(&watch.scene);
}

static int try_export(struct watch *w)
{
	int fd = vfio_feature_dma_buf_range(w->scene.dev.fd, SCENE_BAR, 0,
					    PAGE);

	if (fd >= 0)
		close(fd);

	return fd < 0 ? fd : 0;
}

/* While vfio waits for the owner to close the device, and after that */
static void leave(const char *what, int (*fn)(const char *bdf))
{
	struct pending call = {};
	char question[96];

	snprintf(question, sizeof(question), "%s while open", what);
	watch_open(&watch, "EXPORTER_NVME", question);
	assert_ok(importer_unmap(&watch.far, watch.holder.handle));
	pending_start_unbind(&call, fn, &watch.scene.dev);
	snprintf(question, sizeof(question), "%s while open, before close",
		 what);
	watch_look(&watch, question);
	snprintf(question, sizeof(question), "%s while open, export", what);
	answer(question, "%s", answer_code(try_export(&watch)));
	snprintf(question, sizeof(question), "%s while open, reset", what);
	answer(question, "%s", answer_code(reset(&watch)));
	snprintf(question, sizeof(question), "%s while open, after a reset",
		 what);
	watch_look(&watch, question);

	vfio_dev_close(&watch.scene.dev);
	snprintf(question, sizeof(question), "%s while open, result", what);
	answer(question, "%s", answer_code(pending_wait(&call, UNBIND_MS)));
	snprintf(question, sizeof(question), "%s while open, after close",
		 what);
	watch_look(&watch, question);
	watch_close(&watch);
}

/* An importer of another kind: can it attach and map? */
static void kind(const char *what, struct importer *imp, int dmabuf,
		 enum p2p_test_flavour flavour)
{
	int handle = importer_attach(imp, dmabuf, flavour);
	char question[64];

	snprintf(question, sizeof(question), "%s, attach", what);
	answer(question, "%s", answer_code(handle < 0 ? handle : 0));
	snprintf(question, sizeof(question), "%s, map", what);
	if (handle < 0) {
		answer(question, "not attached");
		return;
	}
	answer(question, "%s",
	       answer_code(importer_map(imp, handle, P2P_TEST_BIDIRECTIONAL)));
	assert_ok(importer_detach(imp, handle));
}

static void kinds(void)
{
	struct importer *imp = &watch.scene.imp;
	struct importer nonpci;

	watch_open(&watch, "EXPORTER_NVME", "importers");
	assert_ok(importer_open_nonpci(&nonpci));
	kind("dynamic importer", imp, watch.dmabuf, P2P_TEST_DYNAMIC);
	kind("importer without peer-to-peer", imp, watch.dmabuf,
	     P2P_TEST_NO_P2P);
	kind("static importer", imp, watch.dmabuf, P2P_TEST_STATIC);
	kind("importer that pins", imp, watch.dmabuf, P2P_TEST_PIN);
	kind("importer that is no PCI device", &nonpci, watch.dmabuf,
	     P2P_TEST_DYNAMIC);
	importer_close(&nonpci);
	assert_ok(importer_unmap(&watch.far, watch.holder.handle));
	assert_ok(memory_off(&watch));
	kind("revoked, dynamic importer", imp, watch.dmabuf,
	     P2P_TEST_DYNAMIC);
	kind("revoked, importer without peer-to-peer", imp, watch.dmabuf,
	     P2P_TEST_NO_P2P);
	kind("revoked, static importer", imp, watch.dmabuf, P2P_TEST_STATIC);
	watch_close(&watch);
}

/* An importer that lets go by itself some time after it was told */
static void late_importer(void)
{
	struct party party = { .imp = &watch.far };

	watch_open(&watch, "EXPORTER_NVME", "importer that lets go late");
	assert_ok(importer_detach(&watch.far, watch.holder.handle));
	party.handle = assert_ok(importer_attach_late(&watch.far, watch.dmabuf,
						      LATE_MS));
	assert_ok(importer_map(&watch.far, party.handle,
			       P2P_TEST_BIDIRECTIONAL));
	assert_ok(reset(&watch));
	watch_glance(&party, "importer that lets go late, after a reset");
	watch_close(&watch);
}

static int reset_job(void *arg)
{
	return reset(arg);
}

/* An importer whose DMA is over when it signals its fence */
static void fence_importer(void)
{
	struct party party = { .imp = &watch.far };
	struct job job;

	watch_open(&watch, "EXPORTER_NVME", "importer with a fence");
	assert_ok(importer_detach(&watch.far, watch.holder.handle));
	party.handle = assert_ok(importer_attach(&watch.far, watch.dmabuf,
						 P2P_TEST_FENCE));
	assert_ok(importer_map(&watch.far, party.handle,
			       P2P_TEST_BIDIRECTIONAL));
	assert_ok(importer_clear_events(&watch.far));
	job_start(&job, reset_job, &watch);
	assert_ok(importer_wait(&watch.far, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	watch_glance(&party, "importer with a fence, during a reset");
	assert_ok(importer_signal(&watch.far, party.handle));
	answer("importer with a fence, reset", "%s",
	       answer_code(job_join(&job)));
	watch_glance(&party, "importer with a fence, after a reset");
	watch_look(&watch, "importer with a fence, another one");
	watch_close(&watch);
}

/* Does a byte at the end of the mapping get to the end of the last range? */
static const char *last_page(int handle, __u64 size, __u64 bar_offset)
{
	char data[64], found[64];

	pattern_fill(data, sizeof(data), bar_offset, size);
	if (importer_write(&watch.scene.imp, handle, size - PAGE, data,
			   sizeof(data)))
		return "fails";
	assert_ok(vfio_region_read(&watch.scene.dev, SCENE_BAR, bar_offset,
				   found, sizeof(found)));

	return memcmp(data, found, sizeof(data)) ? "lost" : "arrives";
}

static void ranges(const char *what, const struct vfio_region_dma_range *list,
		   __u32 nr)
{
	struct importer *imp = &watch.scene.imp;
	__u64 size = 0;
	int fd, handle, ret;
	__u32 i;

	for (i = 0; i < nr; i++)
		size += list[i].length;
	fd = assert_ok(vfio_feature_dma_buf(watch.scene.dev.fd, SCENE_BAR,
					    O_RDWR, list, nr));
	handle = assert_ok(importer_attach(imp, fd, P2P_TEST_DYNAMIC));
	ret = importer_map(imp, handle, P2P_TEST_BIDIRECTIONAL);
	if (ret)
		answer(what, "map %s", answer_code(ret));
	else
		answer(what, "map 0, data %s",
		       last_page(handle, size, list[nr - 1].offset +
				 list[nr - 1].length - PAGE));
	assert_ok(importer_detach(imp, handle));
	close(fd);
}

static void several_ranges(void)
{
	static const struct vfio_region_dma_range list[] = {
		{ 0, PAGE }, { PAGE, PAGE }, { 8 * PAGE, 2 * PAGE }, { 0, PAGE },
	};

	watch_open(&watch, "EXPORTER_NVME", "several ranges");
	ranges("one range", list, 1);
	ranges("two ranges, neighbours", list, 2);
	ranges("two ranges, a gap between", list + 1, 2);
	ranges("two ranges, backwards", list + 2, 2);
	ranges("four ranges, one twice", list, 4);
	watch_close(&watch);
}

int main(void)
{
	answer_begin("event");
	resets("EXPORTER_NVME");
	resets("EXPORTER_IVSHMEM");
	flrs();
	command_writes();
	power_states();
	low_power_states();
	low_power_interrupted();
	slot();
	two_dmabufs();
	exports_while_blocked();
	export_in_low_power();
	kinds();
	late_importer();
	fence_importer();
	several_ranges();
	closes();
	leave("unbind", pci_unbind);
	leave("removal", pci_remove);
	assert_ok(pci_rescan());
	answer_end();

	return 0;
}
