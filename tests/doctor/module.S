/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tools see of a module: its info, the versions of symbols that it wants, and
 * of those that it has.  It can't be loaded.
 */
#if defined(OURS)
	.section .modinfo, "a"
	.asciz "version=0.1.0"
	.asciz "name=vfio_p2p_dmabuf"
	.asciz "depends=vfio-pci-core"
	.asciz "srcversion=0123456789ABCDEF"
	.asciz "vermagic=" VERMAGIC " SMP preempt mod_unload modversions "

	.section __versions, "a"
1:	.quad WANTED_CRC
	.asciz "vfio_pci_core_fixture"
	.org 1b + 64
2:	.quad 0x77777777
	.asciz "kernel_fixture"
	.org 2b + 128 - 64

	.text
	.quad vfio_pci_core_fixture, kernel_fixture
#else
	.section .modinfo, "a"
	.asciz "name=vfio_pci_core"
	.asciz "vermagic=6.1.0-test SMP preempt mod_unload modversions "

	.globl __crc_vfio_pci_core_fixture
	.set __crc_vfio_pci_core_fixture, 0x12345678

	.globl vfio_pci_core_fixture
	.text
vfio_pci_core_fixture:
	.quad 0
#ifdef NATIVE
	.quad dma_buf_export
#endif
#endif
