// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vendor may ask a customer for.  It says what is listed here and nothing
 * else: of the kernel's command line and log, for example, only what begins with
 * certain words.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"
#include "doctor.h"
#include "exports.h"
#include "sysfs.h"
#include "words.h"

/* Of the command line, the configuration and the log: what these words begin */
static const char *const arguments[] = {
	"iommu=", "iommu.", "intel_iommu=", "amd_iommu=", "pci=", "pcie_",
	"vfio", "module.sig_enforce", "lockdown=", "swiotlb=", NULL
};

static const char *const config_words[] = {
	"CONFIG_VFIO", "CONFIG_IOMMU", "CONFIG_INTEL_IOMMU", "CONFIG_AMD_IOMMU",
	"CONFIG_PCI_P2PDMA=", "CONFIG_DMABUF_", "CONFIG_DMA_SHARED_BUFFER=",
	"CONFIG_ZONE_DEVICE=", "CONFIG_MODULE_SIG", "CONFIG_MODVERSIONS=",
	"CONFIG_PCI_ACS", "CONFIG_SWIOTLB", NULL
};

static const char *const log_words[] = {
	MODULE_NAME ":", "vfio-pci ", "vfio_pci ", NULL
};

static const char *const module_words[] = {
	"vfio", "iommufd", "irqbypass", MODULE_NAME, NULL
};

static bool begins_with_any(const char *text, const char *const words[])
{
	for (; *words; words++) {
		if (!strncmp(text, *words, strlen(*words)))
			return true;
	}
	return false;
}

static void head(FILE *out, const char *text)
{
	fprintf(out, "\n[%s]\n", text);
}

static void write_findings(FILE *out, const struct finding *findings)
{
	size_t i;

	head(out, "findings");
	for (i = 0; checks[i].name; i++) {
		if (!findings[i].text)
			continue;
		fprintf(out, "%s: %s: %s\n", checks[i].name,
			health_name(findings[i].health), findings[i].text);
		if (findings[i].remedy)
			fprintf(out, "\t-> %s\n", findings[i].remedy);
	}
}

static void write_command_line(FILE *out, const struct patient *patient)
{
	char *text = sysfs_read("%s/proc/cmdline", patient->root);
	char *rest = text, *word;

	head(out, "kernel command line, in part");
	while ((word = strsep(&rest, " "))) {
		if (begins_with_any(word, arguments))
			fprintf(out, "%s\n", word);
	}
	free(text);
}

static void write_config(FILE *out, const struct patient *patient)
{
	char *text = patient->config ? text_of("%s", patient->config) : NULL;
	char *rest = text, *line;

	head(out, "kernel configuration, in part");
	if (!text)
		fputs("not found\n", out);
	while ((line = strsep(&rest, "\n"))) {
		if (begins_with_any(line, config_words))
			fprintf(out, "%s\n", line);
	}
	free(text);
}

/* The signature itself is of no use to anybody. */
static void write_modinfo(FILE *out, const struct patient *patient)
{
	const struct kmod_list *pos;
	const char *key;

	head(out, "module as installed");
	if (!patient->module)
		fputs("not installed\n", out);
	kmod_list_foreach(pos, patient->info) {
		key = kmod_module_info_get_key(pos);
		if (strcmp(key, "signature"))
			fprintf(out, "%s: %s\n", key,
				kmod_module_info_get_value(pos));
	}
}

static void write_value(FILE *out, const struct patient *patient,
			const char *name)
{
	char *value = sysfs_read("%s/sys/module/" MODULE_NAME "/%s",
				 patient->root, name);

	if (value)
		fprintf(out, "%s: %s\n", name, value);
	free(value);
}

static void write_loaded(FILE *out, const struct patient *patient)
{
	head(out, "module as loaded");
	if (!patient->loaded)
		fputs("not loaded\n", out);
	write_value(out, patient, "version");
	write_value(out, patient, "srcversion");
	write_value(out, patient, "taint");
	write_value(out, patient, "refcnt");
	write_value(out, patient, "parameters/exporter");
	write_value(out, patient, "parameters/host_bridges");
}

/* Name, size, use count, users; the address behind them is zero or a secret. */
static void write_modules(FILE *out, const struct patient *patient)
{
	char *path = text_of("%s/proc/modules", patient->root);
	FILE *file = fopen(path, "re");
	char *line = NULL, *rest;
	size_t size = 0;
	int i;

	head(out, "other modules, in part: name, size, use count, users");
	while (file && getline(&line, &size, file) > 0) {
		if (!begins_with_any(line, module_words))
			continue;
		rest = line;
		for (i = 0; i < 4 && rest; i++)
			fprintf(out, "%s%s", i ? " " : "", strsep(&rest, " "));
		fputc('\n', out);
	}
	if (file)
		fclose(file);
	free(line);
	free(path);
}

static void write_bars(FILE *out, const struct function *function)
{
	char size[16];
	int i;

	for (i = 0; i < NR_BARS; i++) {
		if (!function->bars[i].size)
			continue;
		bar_size_text(function->bars[i].size, size, sizeof(size));
		fprintf(out, "\tBAR %d: %s, %s%s\n", i, size,
			bar_kind_text(&function->bars[i]),
			function->bars[i].address ? "" : ", not assigned");
	}
}

static void write_function(FILE *out, const struct function *function)
{
	char acs[64];

	acs_text(&function->config, acs, sizeof(acs));
	fprintf(out, "%s %04x:%04x class %04x, %s\n", function->text,
		function->vendor, function->device, function->class,
		kind_text(function));
	fprintf(out, "\tbehind %s, driver %s, IOMMU group %d (%s), ACS %s",
		function->upstream ? function->upstream->text : "the root bus",
		function->driver ?: "none", function->group,
		function->group_type ?: "none", acs);
	if (function->dma_mask_bits)
		fprintf(out, ", DMA mask of %u bits", function->dma_mask_bits);
	fputc('\n', out);
	write_bars(out, function);
}

static void write_functions(FILE *out, const struct patient *patient)
{
	size_t i;

	head(out, "PCI functions");
	for (i = 0; i < patient->machine->nr_functions; i++)
		write_function(out, patient->machine->functions[i]);
}

static void write_exports(FILE *out, const struct patient *patient)
{
	struct json_object *all = NULL;
	char *why = NULL;
	FILE *file;

	head(out, "live exports");
	file = exports_open(patient->root, &why);
	if (file) {
		all = exports_read(file);
		fclose(file);
	}
	fprintf(out, "%s\n",
		all ? json_object_to_json_string_ext(all,
						     JSON_C_TO_STRING_PRETTY) :
		      why ?: "not readable");
	json_object_put(all);
	free(why);
}

/* An address of memory has more digits than what else the log has in hex. */
#define MIN_DIGITS	5

/* Those of BARs ("[mem 0x...]"), and what a device asked for (AER) */
static void hide_addresses(char *text)
{
	char *pos = strstr(text, "TLP Header:");
	size_t digits;

	if (pos)
		*pos = '\0';
	for (pos = text; (pos = strstr(pos, "0x")); pos += digits) {
		pos += 2;
		digits = strspn(pos, "0123456789abcdefABCDEF");
		if (digits >= MIN_DIGITS)
			memset(pos, 'x', digits);
	}
}

/* A record is "priority,number,time,flags;text" and then lines of keys. */
static void write_record(FILE *out, char *record)
{
	char *text = strchr(record, ';');
	unsigned long long us = 0;

	if (!text || sscanf(record, "%*u,%*u,%llu", &us) != 1)
		return;
	*text++ = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (!begins_with_any(text, log_words))
		return;
	hide_addresses(text);
	fprintf(out, "[%llu.%06llu] %s\n", us / 1000000, us % 1000000, text);
}

static void write_log(FILE *out, const struct patient *patient)
{
	char *path = text_of("%s/dev/kmsg", patient->root), record[8192];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t length;

	head(out, "kernel log, in part");
	if (fd < 0)
		fprintf(out, "not readable: %s\n", strerror(errno));
	while (fd >= 0) {
		length = read(fd, record, sizeof(record) - 1);
		/* Meanwhile older records were overwritten. */
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			break;
		record[length] = '\0';
		write_record(out, record);
	}
	if (fd >= 0)
		close(fd);
	free(path);
}

void report_write(FILE *out, const struct patient *patient,
		  const struct finding *findings)
{
	time_t now = time(NULL);
	struct tm utc;
	char date[32];

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC",
		 gmtime_r(&now, &utc));
	fprintf(out, "vfio-p2p doctor, version " CLI_VERSION "\n");
	fprintf(out, "date: %s\nkernel: %s\nby root: %s\n", date,
		patient->release, geteuid() ? "no" : "yes");
	write_findings(out, findings);
	write_command_line(out, patient);
	write_config(out, patient);
	write_modinfo(out, patient);
	write_loaded(out, patient);
	write_modules(out, patient);
	write_functions(out, patient);
	write_exports(out, patient);
	write_log(out, patient);
}
