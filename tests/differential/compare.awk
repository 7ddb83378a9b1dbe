#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: awk -v label=LABEL -f compare.awk differences NATIVE OURS
#
# Compare what diff_calls or diff_events printed on two kernels, line by line;
# LABEL (6.12:own) is the kernel of OURS.  A line that only one of them has, as
# one more thing to look at in an event, is "(nothing)" for the other.  Prints,
# separated by tabs:
#   unlisted LINE NATIVE OURS    a difference that is not on the list for LABEL
#   seen NAME LINE               one that is
#   stale NAME LINE              one that is on the list but not there
#   answers COUNT                at the end: lines that were compared

BEGIN {
	FS = "\n"
	OFS = "\t"
}

function broken(text)
{
	print "compare.awk: " text >"/dev/stderr"
	failed = 1
	exit 2
}

# Does LABEL match one of some shell patterns?
function is_meant(patterns,	list, n, i, pattern)
{
	n = split(patterns, list, " ")
	for (i = 1; i <= n; i++) {
		pattern = list[i]
		gsub(/[.]/, "[.]", pattern)
		gsub(/[*]/, ".*", pattern)
		if (label ~ "^" pattern "$")
			return 1
	}
	return 0
}

# An entry, or a line of it, is over; it must have been complete.
function end_line()
{
	if (line != "" && (native == "" || ours == ""))
		broken("entry " name ": no answers for " line)
	if (line != "" && meant) {
		if (line in name_of)
			broken("two entries for " line)
		name_of[line] = name
		listed[line] = native "\n" ours
	}
	line = native = ours = ""
}

function end_entry()
{
	end_line()
	if (name != "" && (where == "" || why == "" || !lines))
		broken("entry " name " is not complete")
	name = where = why = ""
	lines = meant = 0
}

function read_list(field, value)
{
	if (field == "difference") {
		end_entry()
		if (value in names)
			broken("two entries " value)
		names[value]
		name = value
	} else if (field == "where") {
		where = value
		meant = is_meant(where)
	} else if (field == "why") {
		why = value
	} else if (field == "line") {
		end_line()
		line = value
		lines++
	} else if (field == "native") {
		native = value
	} else if (field == "ours") {
		ours = value
	} else {
		broken("unknown field " field)
	}
}

FNR == 1 && ++file == 2 {
	end_entry()
}

file == 1 && /^[ \t]*(#|$)/ {
	next
}

file == 1 && /^[ \t]/ {
	next	# more of the field before, for people
}

{
	at = index($0, ": ")
	if (!at)
		broken(FILENAME ": no \": \" in: " $0)
	key = substr($0, 1, at - 1)
	answer = substr($0, at + 2)
}

file == 1 {
	read_list(key, answer)
	next
}

# The number is only for people.
{
	sub(/^[a-z]+ [0-9]+ /, substr(key, 1, index(key, " ")), key)
}

{
	if ((file, key) in answers)
		broken("two lines of " FILENAME " ask: " key)
	answers[file, key] = answer
	if (!(key in known)) {
		known[key]
		keys[++count] = key
	}
}

# What a program did not ask, it did not find out.
function answer_in(file, key)
{
	return (file, key) in answers ? answers[file, key] : "(nothing)"
}

function compare(key,	native, ours)
{
	native = answer_in(2, key)
	ours = answer_in(3, key)
	if (native == ours)
		return
	if (key in listed && listed[key] == native "\n" ours) {
		print "seen", name_of[key], key
		delete listed[key]
	} else {
		print "unlisted", key, native, ours
	}
}

END {
	if (failed)
		exit 2
	for (n = 1; n <= count; n++)
		compare(keys[n])
	# Entries of the other program's lines are not ours to judge.
	split(keys[1], word, " ")
	for (line in listed)
		if (index(line, word[1] " ") == 1)
			print "stale", name_of[line], line
	print "answers", count
}
