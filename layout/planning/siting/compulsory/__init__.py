"""New compulsory schools: where pupils outnumber class places, and which sites relieve most."""
