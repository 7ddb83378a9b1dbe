// SPDX-License-Identifier: GPL-2.0-only
/* What the owner of a device does to it. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "array.h"
#include "export_case.h"
#include "disturber.h"
#include "model.h"
#include "ops.h"
#include "report.h"
#include "script.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

static struct device *open_device(__u32 choice)
{
	struct device *device = &world.devices[choice % 8 < NR_DEVICES ?
					       choice % 8 : DEVICE_NVME];

	return device->vfio.fd < 0 ? NULL : device;
}

/* A write of 1, 2 or 4 bytes to PCI_COMMAND */
static int write_command(const struct device *device, bool decode, __u32 width)
{
	int command = vfio_config_read16(&device->vfio, PCI_COMMAND);

	if (command < 0)
		return command;
	command = decode ? command | PCI_COMMAND_MEMORY :
			   command & ~PCI_COMMAND_MEMORY;
	switch (width % 3) {
	case 0:
		return vfio_config_write8(&device->vfio, PCI_COMMAND, command);
	case 1:
		return vfio_config_write16(&device->vfio, PCI_COMMAND, command);
	default:
		return vfio_config_write32(&device->vfio, PCI_COMMAND, command);
	}
}

void op_command(const __u32 *field)
{
	struct device *device = open_device(field[0]);
	const struct expect expect = expect_one(0);
	bool decode = field[1] % 8 > 2;
	enum certain before;

	if (!device)
		return;
	before = model_access(device);
	let_go_begin(device);
	answer_check(&expect, write_command(device, decode, field[2]),
		     "decode %s of %s", decode ? "on" : "off", device->name);
	let_go_end();
	device->decode = decode;
	model_changed(device, before);
}

void op_power(const __u32 *field)
{
	struct device *device = open_device(field[0]);
	const struct expect expect = expect_one(0);
	int state = field[1] % 5 == 4 ? 0 : field[1] % 5;
	enum certain before;

	if (!device || !device->pm_cap)
		return;
	before = model_access(device);
	let_go_begin(device);
	answer_check(&expect, vfio_config_set_power(&device->vfio, state),
		     "D%d of %s", state, device->name);
	let_go_end();
	if (state == 3)
		device->d3hot = YES;
	else if (state == 0)
		device->d3hot = NO;
	/* The states between can't be entered; one may be left. */
	else if (device->d3hot == YES)
		device->d3hot = MAYBE;
	model_changed(device, before);
}

static int enter_low_power(const struct device *device, bool wakeup)
{
	int event, ret;

	if (!wakeup)
		return vfio_feature_low_power_entry(device->vfio.fd);
	event = eventfd(0, EFD_CLOEXEC);
	ret = vfio_feature_low_power_entry_with_wakeup(device->vfio.fd, event);
	close(event);
	return ret;
}

static void low_power_entry(struct device *device, bool wakeup)
{
	enum certain before = model_access(device);
	struct expect expect = expect_one(0);
	int ret;

	/* It is in there; or it was, and has been woken up. */
	if (device->low_power == YES)
		expect = expect_one(-EINVAL);
	else if (device->low_power == MAYBE)
		expect_add(&expect, -EINVAL);
	let_go_begin(device);
	ret = enter_low_power(device, wakeup);
	let_go_end();
	answer_check(&expect, ret, "low power of %s%s", device->name,
		     wakeup ? ", with wakeup" : "");
	model_revoked(device);
	if (ret)
		return;
	device->low_power = wakeup ? MAYBE : YES;
	/* It may wake up in another state than it fell asleep. */
	if (device->d3hot != NO)
		device->d3hot = MAYBE;
	model_changed(device, before);
}

void op_low_power(const __u32 *field)
{
	struct device *device = open_device(field[0]);
	const struct expect expect = expect_one(0);
	enum certain before;

	if (!device)
		return;
	if (field[1] % 3) {
		low_power_entry(device, field[1] % 3 == 2);
		return;
	}
	before = model_access(device);
	answer_check(&expect, vfio_feature_low_power_exit(device->vfio.fd),
		     "end of low power of %s", device->name);
	device->low_power = NO;
	model_changed(device, before);
}

/*
 * Bytes that can't be read: the write fails, and access is taken for it.  With an
 * address of the kernel it does not even get to the device.
 */
void op_bad_write(const __u32 *field)
{
	struct device *device = open_device(field[0]);
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	const struct expect expect = expect_one(-EFAULT);
	bool arrives = field[1] % 4;
	int ret;

	if (!device)
		return;
	assert_int_equal(ioctl(device->vfio.fd, VFIO_DEVICE_GET_REGION_INFO,
			       &info), 0);
	let_go_begin(device);
	ret = pwrite(device->vfio.fd, arrives ? script_bad_page() : (void *)bad_address(5),
		     1 + field[2] % 4, info.offset + PCI_COMMAND);
	ret = ret < 0 ? -errno : ret;
	let_go_end();
	answer_check(&expect, ret, "bad write to %s", device->name);
	if (arrives)
		model_revoked(device);
}

static int reset(struct device *device, __u32 choice, const char **how)
{
	switch (choice % 4) {
	case 0:
		*how = "config space";
		return vfio_config_pcie_flr(&device->vfio);
	case 1:
		*how = "sysfs";
		return pci_reset(device->vfio.bdf);
	case 2:
		*how = "bus";
		return vfio_dev_hot_reset(&device->vfio,
					  &device->vfio.group->fd, 1);
	default:
		*how = "ioctl";
		return vfio_dev_reset(&device->vfio);
	}
}

void op_reset(const __u32 *field)
{
	struct device *device = open_device(DEVICE_NVME);
	struct expect expect = expect_one(0);
	const char *how;
	int ret;

	if (!device || device->low_power != NO)
		return;
	/* QEMU's ports find their links down now and then. */
	expect_add(&expect, -ENOTTY);
	let_go_begin(device);
	ret = reset(device, field[1], &how);
	let_go_end();
	answer_check(&expect, ret, "reset of %s by %s", device->name, how);
	model_revoked(device);
	device->d3hot = NO;
}

/* Without the groups, or with what is none: nothing happens to anybody. */
void op_refused_reset(const __u32 *field)
{
	struct device *device = open_device(field[0]);
	struct expect expect = expect_one(-EINVAL);
	int fds[2], answer, ret;

	if (!device)
		return;
	expect_add(&expect, -EPERM);
	expect_add(&expect, -EBADF);
	expect_add(&expect, -ENODEV);
	fds[0] = foreign_fd_pick(field[1], &answer);
	fds[1] = device->vfio.fd;
	ret = vfio_dev_hot_reset(&device->vfio, fds, field[2] % 3);
	answer_check(&expect, ret, "hot reset of %s with %u fds",
		     device->name, field[2] % 3);
}

void op_close_device(const __u32 *field)
{
	struct device *device = open_device(field[0]);

	if (!device)
		return;
	let_go_begin(device);
	device_close(device);
	let_go_end();
	report("close of %s", device->name);
	model_revoked(device);
}
