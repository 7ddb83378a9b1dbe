// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read a file straight into the memory of a PCI device: the drive's own DMA writes
 * to the BAR, and no byte goes through the host's memory.  Build with
 * cc -D_GNU_SOURCE pages_read.c $(pkg-config --cflags --libs libvfio-p2p)
 *
 * usage: pages_read 0000:01:00.0 BAR FILE >COPY
 *
 * The device is bound to vfio-pci, FILE is on an NVMe drive, or is one.  What then is
 * in the BAR is written to the standard output; a real program would tell the device
 * to work on it instead.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <vfio-p2p.h>

static int open_or_end(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static int group_of(const char *bdf)
{
	char path[80], group[80];
	ssize_t length;
	int number;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	length = readlink(path, group, sizeof(group) - 1);
	if (length < 0)
		err(1, "%s", path);
	group[length] = 0;
	if (sscanf(strrchr(group, '/'), "/%d", &number) != 1)
		errx(1, "%s leads to %s", path, group);
	return number;
}

/* As any program that owns a device does; group and container stay open with it. */
static int open_device(const char *bdf)
{
	char path[80];
	int container, group, device;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group_of(bdf));
	group = open_or_end(path, O_RDWR);
	container = open_or_end("/dev/vfio/vfio", O_RDWR);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		err(1, "%s", path);
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (device < 0)
		err(1, "%s", bdf);
	return device;
}

/* While a device does not decode memory, a touch of its pages is a SIGBUS. */
static void enable_memory(int device)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	__u16 command;
	off_t offset;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config))
		err(1, "config space");
	offset = (off_t)config.offset + PCI_COMMAND;
	if (pread(device, &command, sizeof(command), offset) != sizeof(command))
		err(1, "config space");
	command |= PCI_COMMAND_MEMORY;
	if (pwrite(device, &command, sizeof(command), offset) !=
	    sizeof(command))
		err(1, "config space");
}

/* What the library says is a sentence for people. */
static int checked(int ret, const struct vfio_p2p_error *error)
{
	if (ret < 0)
		errx(1, "%s", error->text);
	return ret;
}

/**
 * map_bar() - memory of a BAR, for read() and the like
 * @device: an open vfio device
 * @bar: number of the BAR; its owner has not mapped it otherwise
 * @length: a multiple of the page size
 * @offset: where in the BAR the memory is, which is what the device wants to know
 *
 * All of the BAR is registered, and a slice of it taken.  The fd of the slice could
 * go to another process, and that would do the same mmap(); here nobody needs it
 * any more, for the mapping keeps the slice.
 */
static void *map_bar(int device, unsigned int bar, size_t length,
		     uint64_t *offset)
{
	struct vfio_p2p_error error;
	void *memory;
	int slice;

	checked(vfio_p2p_register(device, bar, 0, 0, &error), &error);
	slice = checked(vfio_p2p_alloc(device, bar, length, O_RDWR, offset,
				       &error), &error);
	memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, slice,
		      0);
	if (memory == MAP_FAILED)
		err(1, "mmap");
	close(slice);
	return memory;
}

/*
 * O_DIRECT wants lengths that are multiples of a block; only the last read, which
 * ends with the file, comes back with less.  If the device is reset meanwhile, by
 * whoever may, the read ends early, or with EFAULT: then it has to begin again.
 */
static void read_file(int file, const char *path, char *memory, size_t size,
		      size_t length)
{
	size_t done;
	ssize_t ret;

	for (done = 0; done < size; done += ret) {
		ret = pread(file, memory + done, length - done, (off_t)done);
		if (ret < 0)
			err(1, "%s", path);
		if (!ret)
			errx(1, "%s: it has become shorter", path);
	}
}

static void write_out(const char *memory, size_t size)
{
	size_t done;
	ssize_t ret;

	for (done = 0; done < size; done += ret) {
		ret = write(STDOUT_FILENO, memory + done, size - done);
		if (ret < 0)
			err(1, "standard output");
	}
}

int main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length;
	int device, file;
	uint64_t offset;
	char *memory;
	off_t size;

	if (argc != 4)
		errx(1, "usage: pages_read 0000:01:00.0 BAR FILE >COPY");
	file = open_or_end(argv[3], O_RDONLY | O_DIRECT);
	size = lseek(file, 0, SEEK_END);
	if (size <= 0)
		errx(1, "%s is empty", argv[3]);
	length = ((size_t)size + page - 1) / page * page;

	device = open_device(argv[1]);
	enable_memory(device);
	memory = map_bar(device, (unsigned int)atoi(argv[2]), length, &offset);
	read_file(file, argv[3], memory, (size_t)size, length);
	fprintf(stderr, "%lld bytes of %s are in BAR %s of %s, from %#llx on\n",
		(long long)size, argv[3], argv[2], argv[1],
		(unsigned long long)offset);
	write_out(memory, (size_t)size);
	munmap(memory, length);
	close(file);
	close(device);
	return 0;
}
