/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLI_KERNEL_CONFIG_H
#define CLI_KERNEL_CONFIG_H

/**
 * kernel_config_read() - the configuration of the kernel
 * @root: directory below which its files are
 * @release: of the kernel, which is the one that runs there
 *
 * Return: lines of text, the caller's to free; NULL if it is nowhere to be read.
 */
char *kernel_config_read(const char *root, const char *release);

#endif
