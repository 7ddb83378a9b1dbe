// SPDX-License-Identifier: GPL-2.0-only
/* Configuration space of a vfio device. */
#include <endian.h>
#include <errno.h>

#include "vfio_config.h"
#include "vfio_region.h"

/* More than fit in the configuration space: the list is a loop. */
#define MAX_CAPS	64

static int config_read(const struct vfio_dev *dev, __u16 offset, void *buf,
		       size_t size)
{
	return vfio_region_read(dev, VFIO_PCI_CONFIG_REGION_INDEX, offset, buf,
				size);
}

static int config_write(const struct vfio_dev *dev, __u16 offset,
			const void *buf, size_t size)
{
	return vfio_region_write(dev, VFIO_PCI_CONFIG_REGION_INDEX, offset, buf,
				 size);
}

int vfio_config_read8(const struct vfio_dev *dev, __u16 offset)
{
	__u8 value;
	int ret = config_read(dev, offset, &value, sizeof(value));

	return ret ?: value;
}

int vfio_config_read16(const struct vfio_dev *dev, __u16 offset)
{
	__u16 value;
	int ret = config_read(dev, offset, &value, sizeof(value));

	return ret ?: le16toh(value);
}

long long vfio_config_read32(const struct vfio_dev *dev, __u16 offset)
{
	__u32 value;
	int ret = config_read(dev, offset, &value, sizeof(value));

	return ret ?: (long long)le32toh(value);
}

int vfio_config_write8(const struct vfio_dev *dev, __u16 offset, __u8 value)
{
	return config_write(dev, offset, &value, sizeof(value));
}

int vfio_config_write16(const struct vfio_dev *dev, __u16 offset, __u16 value)
{
	value = htole16(value);

	return config_write(dev, offset, &value, sizeof(value));
}

int vfio_config_write32(const struct vfio_dev *dev, __u16 offset, __u32 value)
{
	value = htole32(value);

	return config_write(dev, offset, &value, sizeof(value));
}

int vfio_config_find_cap(const struct vfio_dev *dev, __u8 id)
{
	int i, pos, status, found;

	status = vfio_config_read16(dev, PCI_STATUS);
	if (status < 0)
		return status;
	if (!(status & PCI_STATUS_CAP_LIST))
		return -ENOENT;

	pos = vfio_config_read8(dev, PCI_CAPABILITY_LIST);
	for (i = 0; i < MAX_CAPS && pos > 0; i++) {
		found = vfio_config_read8(dev, pos + PCI_CAP_LIST_ID);
		if (found < 0)
			return found;
		if (found == id)
			return pos;
		pos = vfio_config_read8(dev, pos + PCI_CAP_LIST_NEXT);
	}

	return pos < 0 ? pos : -ENOENT;
}

static int config_set_command(const struct vfio_dev *dev, __u16 bit,
			      bool enable)
{
	int command = vfio_config_read16(dev, PCI_COMMAND);

	if (command < 0)
		return command;

	command = enable ? command | bit : command & ~bit;

	return vfio_config_write16(dev, PCI_COMMAND, command);
}

int vfio_config_set_memory(const struct vfio_dev *dev, bool enable)
{
	return config_set_command(dev, PCI_COMMAND_MEMORY, enable);
}

int vfio_config_memory_enabled(const struct vfio_dev *dev)
{
	int command = vfio_config_read16(dev, PCI_COMMAND);

	return command < 0 ? command : !!(command & PCI_COMMAND_MEMORY);
}

int vfio_config_set_master(const struct vfio_dev *dev, bool enable)
{
	return config_set_command(dev, PCI_COMMAND_MASTER, enable);
}

int vfio_config_set_power(const struct vfio_dev *dev, int state)
{
	int control, pos;

	pos = vfio_config_find_cap(dev, PCI_CAP_ID_PM);
	if (pos < 0)
		return pos;

	control = vfio_config_read16(dev, pos + PCI_PM_CTRL);
	if (control < 0)
		return control;

	control = (control & ~PCI_PM_CTRL_STATE_MASK) | state;

	return vfio_config_write16(dev, pos + PCI_PM_CTRL, control);
}

int vfio_config_power(const struct vfio_dev *dev)
{
	int control, pos;

	pos = vfio_config_find_cap(dev, PCI_CAP_ID_PM);
	if (pos < 0)
		return pos;

	control = vfio_config_read16(dev, pos + PCI_PM_CTRL);

	return control < 0 ? control : control & PCI_PM_CTRL_STATE_MASK;
}

int vfio_config_pcie_flr(const struct vfio_dev *dev)
{
	long long caps;
	int control, pos;

	pos = vfio_config_find_cap(dev, PCI_CAP_ID_EXP);
	if (pos < 0)
		return pos;

	caps = vfio_config_read32(dev, pos + PCI_EXP_DEVCAP);
	if (caps < 0)
		return caps;
	if (!(caps & PCI_EXP_DEVCAP_FLR))
		return -ENOENT;

	control = vfio_config_read16(dev, pos + PCI_EXP_DEVCTL);
	if (control < 0)
		return control;

	return vfio_config_write16(dev, pos + PCI_EXP_DEVCTL,
				   control | PCI_EXP_DEVCTL_BCR_FLR);
}

int vfio_config_af_flr(const struct vfio_dev *dev)
{
	int caps, pos;

	pos = vfio_config_find_cap(dev, PCI_CAP_ID_AF);
	if (pos < 0)
		return pos;

	caps = vfio_config_read8(dev, pos + PCI_AF_CAP);
	if (caps < 0)
		return caps;
	if (!(caps & PCI_AF_CAP_FLR))
		return -ENOENT;

	return vfio_config_write8(dev, pos + PCI_AF_CTRL, PCI_AF_CTRL_FLR);
}
