/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a VM of test_vmm boots: a sector that has edu, at 00:03.0, take some of the VM's
 * memory and write it into BAR 0 of 00:01.0, and says on the debug console whether it is
 * there: "In the BAR: yes", or no.  The firmware has given the BARs their addresses.
 */
#define LOADED		0x7c00
#define AT(label)	(LOADED + label - vmm_boot)

#define CONFIG		0xcf8
#define DEBUG_CONSOLE	0x402
#define MEMORY		0x8000
#define IN_BAR		0x1000
#define PATTERN		0x50325021
/* QEMU 7.2 lets it do no whole page. */
#define LENGTH		2048

/* of edu, and what it has memory at */
#define EDU_SOURCE	0x80
#define EDU_TARGET	0x88
#define EDU_COUNT	0x90
#define EDU_COMMAND	0x98
#define EDU_MEMORY	0x40000
#define EDU_READ	1
#define EDU_WRITE	3

	.section .rodata
	.globl	vmm_boot
	.type	vmm_boot, @object
	.code16
vmm_boot:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	AT(gdt_pointer)
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$8, $AT(flat)

	.code32
flat:
	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$LOADED, %esp

	/* edu: memory and bus master; its registers are at EBX */
	movl	$0x80001804, %eax
	movl	$6, %ecx
	call	config_write
	movl	$0x80001810, %eax
	call	config_read
	andb	$0xf0, %al
	movl	%eax, %ebx
	/* the other BAR, at EBP */
	movl	$0x80000810, %eax
	call	config_read
	andb	$0xf0, %al
	leal	IN_BAR(%eax), %ebp

	movl	$PATTERN, %eax
	movl	$MEMORY, %edi
	movl	$LENGTH / 4, %ecx
	cld
	rep stosl
	movl	$0, (%ebp)
	movl	$0, LENGTH - 4(%ebp)

	movl	$MEMORY, EDU_SOURCE(%ebx)
	movl	$EDU_MEMORY, EDU_TARGET(%ebx)
	movl	$EDU_READ, %eax
	call	dma
	movl	$EDU_MEMORY, EDU_SOURCE(%ebx)
	movl	%ebp, EDU_TARGET(%ebx)
	movl	$EDU_WRITE, %eax
	call	dma

	movl	$AT(no), %esi
	cmpl	$PATTERN, (%ebp)
	jne	say
	cmpl	$PATTERN, LENGTH - 4(%ebp)
	jne	say
	movl	$AT(yes), %esi
say:
	movw	$DEBUG_CONSOLE, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	jmp	1b
2:	hlt
	jmp	2b

/* EAX is the command */
dma:
	movl	$LENGTH, EDU_COUNT(%ebx)
	movl	%eax, EDU_COMMAND(%ebx)
1:	testl	$1, EDU_COMMAND(%ebx)
	jnz	1b
	ret

/* EAX is the address, ECX the value */
config_write:
	movw	$CONFIG, %dx
	outl	%eax, %dx
	movw	$CONFIG + 4, %dx
	movl	%ecx, %eax
	outl	%eax, %dx
	ret

config_read:
	movw	$CONFIG, %dx
	outl	%eax, %dx
	movw	$CONFIG + 4, %dx
	inl	%dx, %eax
	ret

yes:	.asciz	"In the BAR: yes\n"
no:	.asciz	"In the BAR: no\n"

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9a000000ffff	/* code, all of it */
	.quad	0x00cf92000000ffff	/* data */
gdt_pointer:
	.word	gdt_pointer - gdt - 1
	.long	AT(gdt)

	.org	vmm_boot + 510
	.word	0xaa55
	.size	vmm_boot, . - vmm_boot

	.section .note.GNU-stack, "", @progbits
