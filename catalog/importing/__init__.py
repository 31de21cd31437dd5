"""Imports a catalogue: from the files of a dump to the sets that customers see.

files           reads a table's file as lines, and names every damage
tables          which columns each table has, needs and may have
values          from the text of a field to a value
row_values      for all readers of rows: a value, or a report
problems        the errors and notes of an import, and its report
source          the whole source in memory: keys as dictionaries, inventory rows as packed integers
dump            reads the tables that others refer to into it
inventories     reads what is in which set and minifig
extras          the bag contents and the weights that come beside a dump
contents        what a customer finds in a box: minifigs and sub-sets flattened, bags split
stored          what the database has, to compare with
planning        the differences between source and database
merging         the steps from the old catalogue to the new one; pointers turn last
content_writer  writes the contents of boxes
corrections     keeps the staff's corrections through an import
importer        the use case: `import_catalog`
progress        how far an import is
report_text     what an import did, in sentences
uploads         the files of an import that staff start, under VAR/imports
runs            what staff can do with such imports: start, repeat, cancel, look at
job             the job that does one
"""
