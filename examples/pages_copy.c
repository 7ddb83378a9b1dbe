// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy a file into memory of a PCI device, or that memory to a file, as
 * "dd iflag=direct" does with memory of the host: the drive's DMA goes to and from
 * the device.  Any program can do so that has the fd of a slice; this one need not
 * know of vfio, nor own the device.  Build with
 * cc -D_GNU_SOURCE pages_copy.c
 *
 * usage: vfio-p2p register 01:00.0 2 pages_copy in FILE
 *        vfio-p2p register 01:00.0 2 pages_copy out FILE [BYTES]
 *
 * "vfio-p2p register" leaves in the environment
 *	VFIO_P2P_SLICE_FD	the number of the fd
 *	VFIO_P2P_SLICE_SIZE	how many bytes of memory that is
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t number_of(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		errx(1, "no %s; start this with \"vfio-p2p register\"", name);
	return strtoull(value, NULL, 0);
}

/* The last read ends with the file, and may be less than whole blocks. */
static size_t copy_in(int file, char *memory, size_t size)
{
	size_t end = (size_t)lseek(file, 0, SEEK_END), done;
	ssize_t ret;

	if (end > size)
		end = size;
	for (done = 0; done < end; done += (size_t)ret) {
		ret = pread(file, memory + done, size - done, (off_t)done);
		if (ret <= 0)
			err(1, "read");
	}
	return done;
}

/* Whole blocks are written, and the file cut off behind the last byte. */
static size_t copy_out(int file, const char *memory, size_t size)
{
	size_t length = (size + 4095) / 4096 * 4096, done;
	struct stat info;
	ssize_t ret;

	if (fstat(file, &info))
		err(1, "stat");
	if (!S_ISREG(info.st_mode) && length != size)
		errx(1, "BYTES: only a regular file can be cut off in a block");
	for (done = 0; done < length; done += (size_t)ret) {
		ret = pwrite(file, memory + done, length - done, (off_t)done);
		if (ret <= 0)
			err(1, "write");
	}
	if (S_ISREG(info.st_mode) && ftruncate(file, (off_t)size))
		err(1, "truncate");
	return size;
}

int main(int argc, char **argv)
{
	int slice = (int)number_of("VFIO_P2P_SLICE_FD");
	size_t size = number_of("VFIO_P2P_SLICE_SIZE"), bytes = size;
	int in = argc > 2 && !strcmp(argv[1], "in"), file;
	char *memory;

	if (argc < 3 || (!in && strcmp(argv[1], "out")))
		errx(1, "usage: pages_copy in FILE, or pages_copy out FILE [BYTES]");
	if (!in && argc > 3)
		bytes = strtoull(argv[3], NULL, 0);
	if (bytes > size)
		errx(1, "there are %zu bytes only", size);

	file = open(argv[2], in ? O_RDONLY | O_DIRECT :
		    O_WRONLY | O_CREAT | O_DIRECT, 0666);
	if (file < 0)
		err(1, "%s", argv[2]);
	/* Out of what was handed over with --read-only, too */
	memory = mmap(NULL, size, in ? PROT_READ | PROT_WRITE : PROT_READ,
		      MAP_SHARED, slice, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");

	bytes = in ? copy_in(file, memory, bytes) :
		     copy_out(file, memory, bytes);
	printf("%zu bytes\n", bytes);
	return 0;
}
