"""Bringing a catalogue in: from the files of a dump to the sets that customers see.

files       a table's file to lines, whatever is wrong with it named
tables      which columns each table has, needs and may have
values      from the text of a field to a value
checking    what every reader of rows needs: a value, or a report
source      the whole source in memory: keys as dictionaries, inventory rows as packed integers
dump        reads the tables that others refer to into it
inventories reads what lies in which set and minifig
extras      the bag contents and the weights that come beside a dump
contents    what a customer finds in a box: minifigs and sub-sets flattened, bags split
stored      what the database has, to compare with
planning    what is to be done
merging     the steps from the old catalogue to the new one; pointers turn last
corrections what staff put right, kept through an import
running     the use case: `import_catalog`
telling     what an import did, for a person
uploads     the files of an import that staff start, under VAR/imports
starting    what may be asked of such imports: start, repeat, cancel, look at
working     the job that does one
"""
