// SPDX-License-Identifier: GPL-2.0-only
/* A fixed sequence of calls of a vfio device: its ioctls. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "script.h"
#include "tap.h"
#include "vfio_feature.h"

/* Larger than any struct of these ioctls */
#define ARG_SIZE	4096

#define WAKEUP_FD	200

union argument {
	__u32 argsz;
	struct vfio_device_info device;
	struct vfio_region_info region;
	struct vfio_irq_info irq;
	struct vfio_irq_set irqs;
	struct vfio_pci_hot_reset_info reset_info;
	struct vfio_pci_hot_reset reset;
	struct vfio_device_feature feature;
	struct vfio_device_ioeventfd ioeventfd;
	char bytes[ARG_SIZE];
};

static const __u32 info_sizes[] = { 0, 4, 8, 12, 15, 16, 20, 24, 32, 40, 4096 };

static void device_info(struct script *script)
{
	union argument arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(info_sizes); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.argsz = info_sizes[i];
		script_ioctl(script, "device info", VFIO_DEVICE_GET_INFO, &arg,
			     sizeof(arg));
	}
}

static void region_info(struct script *script, __u32 index)
{
	union argument arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(info_sizes); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.region.argsz = info_sizes[i];
		arg.region.index = index;
		script_ioctl(script, "region info", VFIO_DEVICE_GET_REGION_INFO,
			     &arg, sizeof(arg));
	}
}

static void irq_info(struct script *script, __u32 index)
{
	union argument arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(info_sizes); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.irq.argsz = info_sizes[i];
		arg.irq.index = index;
		script_ioctl(script, "irq info", VFIO_DEVICE_GET_IRQ_INFO, &arg,
			     sizeof(arg));
	}
}

static void hot_reset_info(struct script *script)
{
	union argument arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(info_sizes); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.argsz = info_sizes[i];
		script_ioctl(script, "hot reset info",
			     VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &arg,
			     sizeof(arg));
	}
}

void script_infos(struct script *script)
{
	__u32 index;

	device_info(script);
	for (index = 0; index <= VFIO_PCI_NUM_REGIONS + 1; index++)
		region_info(script, index);
	region_info(script, ~0u);
	for (index = 0; index <= VFIO_PCI_NUM_IRQS + 1; index++)
		irq_info(script, index);
	hot_reset_info(script);
}

/* The same number with pointers that fault, and one to zeroes */
static void try_ioctl(struct script *script, unsigned long cmd)
{
	union argument arg = {};
	char what[64];

	snprintf(what, sizeof(what), "ioctl %#lx", cmd);
	script_ioctl(script, what, cmd, NULL, 0);
	script_ioctl(script, what, cmd, (void *)-1L, 0);
	script_ioctl(script, what, cmd, script_bad_page(), 0);
	script_ioctl(script, what, cmd, script_last_byte(), 0);
	script_ioctl(script, what, cmd, &arg, sizeof(arg));
}

void script_unknown_ioctls(struct script *script)
{
	unsigned int nr;

	/* 2 is FIGETBSZ, which does not get to the device. */
	for (nr = 0; nr < 64; nr++) {
		if (nr != 2)
			try_ioctl(script, nr);
	}
	for (nr = 0; nr < 256; nr++)
		try_ioctl(script, _IO(VFIO_P2P_IOC_MAGIC, nr));
	/* A reset takes no argument, and its time. */
	for (nr = 0; nr < 64; nr++) {
		if (_IO(VFIO_TYPE, VFIO_BASE + nr) != VFIO_DEVICE_RESET)
			try_ioctl(script, _IO(VFIO_TYPE, VFIO_BASE + nr));
	}
	try_ioctl(script, 0xffffffff);
	try_ioctl(script, _IOWR(VFIO_P2P_IOC_MAGIC, 0xff, __u64));
}

static void low_power_exit(struct script *script)
{
	struct vfio_device_feature exit = {
		.argsz = sizeof(exit),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_LOW_POWER_EXIT,
	};

	script_ioctl(script, "low power exit", VFIO_DEVICE_FEATURE, &exit,
		     sizeof(exit));
}

static void feature_call(struct script *script, __u32 feature, __u32 flags,
			 __u32 argsz, const void *data, size_t size)
{
	union argument arg = {};
	char what[64];

	arg.feature.argsz = argsz;
	arg.feature.flags = feature | flags;
	memcpy(arg.feature.data, data, size);
	snprintf(what, sizeof(what), "feature %u flags %#x argsz %u", feature,
		 flags, argsz);
	script_ioctl(script, what, VFIO_DEVICE_FEATURE, &arg, sizeof(arg));

	/* Do not race with the device that falls asleep. */
	if ((feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY ||
	     feature == VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP) &&
	    flags == VFIO_DEVICE_FEATURE_SET)
		low_power_exit(script);
}

static void feature_all_flags(struct script *script, __u32 feature)
{
	static const __u32 sizes[] = { 0, 7, 8, 9, 12, 16, 24, 4096 };
	__u32 flags;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* All of GET, SET, PROBE, and a bit that means nothing */
		for (flags = 0; flags < 16; flags++)
			feature_call(script, feature, flags << 16, sizes[i],
				     "", 0);
	}
}

static void low_power(struct script *script)
{
	struct vfio_device_low_power_entry_with_wakeup entry = {};
	const __u32 argsz = sizeof(struct vfio_device_feature) + sizeof(entry);
	int fd;

	/* A number of its own, as it appears in the transcript */
	fd = eventfd(0, EFD_CLOEXEC);
	entry.wakeup_eventfd = assert_ok(dup2(fd, WAKEUP_FD));
	close(fd);
	feature_call(script, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
		     VFIO_DEVICE_FEATURE_SET, argsz, &entry, sizeof(entry));
	close(entry.wakeup_eventfd);
	entry.wakeup_eventfd = -1;
	feature_call(script, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
		     VFIO_DEVICE_FEATURE_SET, argsz, &entry, sizeof(entry));

	feature_call(script, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
		     VFIO_DEVICE_FEATURE_SET, 8, "", 0);
	/* Awake again */
	script_read(script, VFIO_PCI_CONFIG_REGION_INDEX, 0, 64);
}

void script_features(struct script *script)
{
	__u32 feature;

	for (feature = 0; feature <= 20; feature++)
		feature_all_flags(script, feature);
	feature_all_flags(script, VFIO_DEVICE_FEATURE_MASK);
	low_power(script);
}

static void set_irqs(struct script *script, __u32 flags, __u32 index,
		     __u32 start, __u32 count, int fd)
{
	union argument arg = {};
	char what[64];
	__u32 i;

	arg.irqs.argsz = sizeof(arg.irqs) + 4 * count;
	arg.irqs.flags = flags;
	arg.irqs.index = index;
	arg.irqs.start = start;
	arg.irqs.count = count;
	for (i = 0; i < count && i < 64; i++)
		memcpy(arg.irqs.data + 4 * i, &fd, sizeof(fd));
	snprintf(what, sizeof(what), "irqs %u flags %#x start %u count %u",
		 index, flags, start, count);
	script_ioctl(script, what, VFIO_DEVICE_SET_IRQS, &arg, 0);
}

static void irq_index(struct script *script, __u32 index)
{
	const __u32 trigger = VFIO_IRQ_SET_ACTION_TRIGGER;
	const __u32 event = VFIO_IRQ_SET_DATA_EVENTFD | trigger;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	__u64 count = 0;

	assert_true(fd >= 0);
	set_irqs(script, event, index, 0, 1, fd);
	set_irqs(script, VFIO_IRQ_SET_DATA_NONE | trigger, index, 0, 1, fd);
	set_irqs(script, VFIO_IRQ_SET_DATA_BOOL | trigger, index, 0, 1, 1);
	transcript_call(&script->out, read(fd, &count, sizeof(count)),
			"triggers");
	transcript_add(&script->out, "triggered %llu",
		       (unsigned long long)count);
	set_irqs(script, event, index, 1, 1, fd);
	set_irqs(script, event, index, 0, 60, fd);
	set_irqs(script, event, index, ~0u, 2, fd);
	set_irqs(script, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK,
		 index, 0, 1, 0);
	set_irqs(script, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
		 index, 0, 1, 0);
	set_irqs(script, 0x3f, index, 0, 1, 0);
	set_irqs(script, event, index, 0, 1, -1);
	set_irqs(script, event, index, 0, 1, STDIN_FILENO);
	set_irqs(script, VFIO_IRQ_SET_DATA_NONE | trigger, index, 0, 0, 0);
	close(fd);
}

static void ioeventfd(struct script *script, __u32 flags, int fd)
{
	union argument arg = {};

	arg.ioeventfd.argsz = sizeof(arg.ioeventfd);
	arg.ioeventfd.flags = flags;
	arg.ioeventfd.offset = script_offset(2);
	arg.ioeventfd.data = 0x5a;
	arg.ioeventfd.fd = fd;
	script_ioctl(script, "ioeventfd", VFIO_DEVICE_IOEVENTFD, &arg, 0);
}

void script_irqs(struct script *script)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	__u32 index, flags;

	for (index = 0; index <= VFIO_PCI_NUM_IRQS; index++)
		irq_index(script, index);

	assert_true(fd >= 0);
	for (flags = 0; flags < 32; flags++) {
		ioeventfd(script, flags, fd);
		ioeventfd(script, flags, -1);
	}
	close(fd);
}

static void hot_reset(struct script *script, const char *what, __u32 argsz,
		      __u32 flags, __u32 count, int fd0, int fd1)
{
	union argument arg = {};
	const int fds[] = { fd0, fd1 };

	arg.reset.argsz = argsz;
	arg.reset.flags = flags;
	arg.reset.count = count;
	memcpy(arg.reset.group_fds, fds, sizeof(fds));
	script_ioctl(script, what, VFIO_DEVICE_PCI_HOT_RESET, &arg, 0);
}

void script_resets(struct script *script)
{
	const __u32 size = sizeof(struct vfio_pci_hot_reset);
	const int group = script->dev->group->fd;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(null >= 0);
	hot_reset(script, "no groups", size, 0, 0, -1, -1);
	hot_reset(script, "a stranger", size + 4, 0, 1, script->stranger, -1);
	hot_reset(script, "no fd", size + 4, 0, 1, -1, -1);
	hot_reset(script, "no group", size + 4, 0, 1, null, -1);
	hot_reset(script, "a device", size + 4, 0, 1, script->dev->fd, -1);
	hot_reset(script, "a container", size + 4, 0, 1,
		  script->dev->container->fd, -1);
	hot_reset(script, "flags", size + 4, 1, 1, group, -1);
	hot_reset(script, "argsz", size - 1, 0, 1, group, -1);
	hot_reset(script, "too many", size + 4, 0, 1u << 20, group, -1);
	script_read(script, 2, 0, 64);
	hot_reset(script, "its group", size + 4, 0, 1, group, -1);
	script_read(script, 2, 0, 64);
	hot_reset(script, "its group and a stranger", size + 8, 0, 2, group,
		  script->stranger);
	hot_reset(script, "its group twice", size + 8, 0, 2, group, group);
	script_ioctl(script, "reset with an argument", VFIO_DEVICE_RESET,
		     script_bad_page(), 0);
	close(null);
}
